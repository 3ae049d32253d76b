// tus-js-client, unmodified: 64 MiB with pauses, over a line that is cut twice. X must hold every byte, once.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { Upload } from 'tus-js-client';
import { signIn } from './sign-in.mjs';

const [proxy, sandbox] = process.argv.slice(2);
const MiB = 1024 * 1024;

// A line to the proxy that breaks when so many bytes have gone over it.
function line(cuts) {
  const target = new URL(proxy);
  let passed = 0;
  const server = net.createServer(client => {
    const upstream = net.connect(Number(target.port), target.hostname);
    const end = () => { client.destroy(); upstream.destroy(); };
    client.on('data', chunk => {
      passed += chunk.length;
      if (cuts.length > 0 && passed > cuts[0]) { cuts.shift(); end(); return; }
      if (!upstream.write(chunk)) { client.pause(); upstream.once('drain', () => client.resume()); }
    });
    upstream.on('data', chunk => client.write(chunk));
    for (const socket of [client, upstream]) { socket.on('error', end); socket.on('close', end); }
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close(), cuts })));
}

async function upload(token, bytes, { chunkSize, cuts, pauseAt }) {
  const phone = await line(cuts);
  let paused = pauseAt === undefined;
  await new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `${phone.url}/v1/media`,
      headers: { Authorization: `Bearer ${token}` },
      metadata: { filename: 'holiday.mp4', filetype: 'video/mp4', alt_text: 'a holiday' },
      chunkSize,
      retryDelays: [100, 300, 1000, 3000],
      onError: reject,
      onSuccess: () => { upload.finalUrl = upload.url; resolve(); },
      onProgress(sent) {
        if (paused || sent < pauseAt) return;
        paused = true;
        upload.abort().then(() => setTimeout(() => upload.start(), 500)); // the user pauses, and goes on
      },
    });
    upload.start();
    phone.upload = upload;
  });
  assert.equal(phone.cuts.length, 0, 'the line was cut as often as planned');
  const path = new URL(phone.upload.finalUrl).pathname;
  phone.close();
  return path;
}

async function finished(token, path) {
  for (;;) {
    const progress = await (await fetch(proxy + path, { headers: { Authorization: `Bearer ${token}` } })).json();
    if (progress.state === 'failed') assert.fail(JSON.stringify(progress));
    if (progress.state === 'succeeded') return progress;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

const token = await signIn(proxy, 'tessa');
const video = Buffer.concat([Buffer.from([0, 0, 0, 0x18]), Buffer.from('ftypmp42'), Buffer.from([0, 0, 0, 0]), Buffer.from('mp42isom'), randomBytes(64 * MiB - 24)]);
const sha256 = createHash('sha256').update(video).digest('hex');

// Once in one request for as long as the line holds, once in chunks of the client's own.
for (const how of [{ chunkSize: Infinity, cuts: [10 * MiB + 12345, 30 * MiB], pauseAt: 45 * MiB }, { chunkSize: 5 * 1000 * 1000, cuts: [20 * MiB], pauseAt: 40 * MiB }]) {
  const progress = await finished(token, await upload(token, video, how));
  const media = await (await fetch(`${sandbox}/_sandbox/media/${progress.media_id}`)).json();
  assert.deepEqual(
    { sha256: media.sha256, size: media.size, segments: media.segments_received, changed: media.segments_changed, alt_text: media.alt_text },
    { sha256, size: video.length, segments: 64, changed: 0, alt_text: 'a holiday' });
}

console.log('tus-js-client: 64 MiB, twice, with pauses and cuts; the same SHA-256 at X');
