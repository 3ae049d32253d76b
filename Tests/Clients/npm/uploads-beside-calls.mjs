// What uploads cost ordinary calls: p99 of calls alone, and beside twenty uploads. Prints figures; asserts nothing.
// node uploads-beside-calls.mjs PROXY [uploads] [MiB each] [MiB/s each]; X's limits must be off (Sandbox --EnforceLimits false).
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { signIn } from './sign-in.mjs';

const [proxy, uploads = 20, mebibytes = 16, rate = 1] = process.argv.slice(2).map((value, index) => (index === 0 ? value : Number(value)));
const MiB = 1024 * 1024;
const agent = new http.Agent({ keepAlive: true });
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

function request(method, path, token, headers = {}, write = end => end.end()) {
  return new Promise((resolve, reject) => {
    const sent = http.request(proxy + path, { method, agent, headers: { Authorization: `Bearer ${token}`, 'Tus-Resumable': '1.0.0', ...headers } }, answer => {
      answer.resume();
      answer.on('end', () => resolve(answer));
    });
    sent.on('error', reject);
    write(sent);
  });
}

// Calls at a steady pace, however long each takes: 50 a second.
async function calls(token, until) {
  const took = [];
  const under = [];
  while (!until()) {
    const started = performance.now();
    under.push(request('GET', '/2/users/by/username/alice', token).then(answer => {
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}`);
      took.push(performance.now() - started);
    }));
    await sleep(20);
  }
  await Promise.all(under);
  took.sort((a, b) => a - b);
  const at = share => took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(1);
  return `${took.length} calls, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
}

// One for all, and made before: this process must not be what the calls wait for.
const bytes = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'), randomBytes(mebibytes * MiB - 24)]);

async function upload(token) {
  const begun = await request('POST', '/v1/media', token, { 'Upload-Length': bytes.length, 'Upload-Metadata': `filetype ${btoa('video/mp4')}` });
  const sent = await request('PATCH', begun.headers.location, token, { 'Upload-Offset': 0, 'Content-Type': 'application/offset+octet-stream', 'Content-Length': bytes.length }, async out => {
    const started = performance.now();
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      if (!out.write(bytes.subarray(at, at + 64 * 1024))) await new Promise(resolve => out.once('drain', resolve));
      const ahead = at / MiB / rate * 1000 - (performance.now() - started);
      if (ahead > 0) await sleep(ahead);
    }
    out.end();
  });
  if (sent.statusCode !== 204) throw new Error(`upload: ${sent.statusCode}`);
}

const caller = await signIn(proxy, 'alice');
const tokens = await Promise.all(Array.from({ length: uploads }, (_, index) => signIn(proxy, `uploader${index}`)));
await upload(tokens[0]);
let warm = performance.now() + 5000;
await calls(caller, () => performance.now() > warm);
const alone = performance.now() + 15000;
console.log(`alone: ${await calls(caller, () => performance.now() > alone)}`);
let left = uploads;
const started = performance.now();
// Spread over a second, as people are: else they would all end a segment at the same moment.
const all = Promise.all(tokens.map(async (token, index) => {
  await sleep(index * 1000 / uploads);
  await upload(token).finally(() => { left--; });
}));
console.log(`beside ${uploads} uploads: ${await calls(caller, () => left === 0)}`);
await all;
console.log(`${uploads} uploads of ${mebibytes} MiB in ${((performance.now() - started) / 1000).toFixed(1)} s`);
process.exit(0);
