// Sign in, wait, post exactly once, upload, sign out. README.md says what it needs.
const proxy: string = process.env.PROXY ?? 'http://127.0.0.1:8080';
const apiKey: string = process.env.API_KEY ?? 'dev-key';
const picture: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

type Tweet = { data: { id: string } };

// An answer above 399 is an exception with the body, which is problem details (RFC 9457).
async function send(method: string, url: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
  const bytes = body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: body === undefined || bytes ? headers : { 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : bytes ? new Uint8Array(body) : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${await response.text()}`);
  return response;
}

async function json<T>(response: Promise<Response>): Promise<T> {
  return (await (await response).json()) as T;
}

// A person would open the URL in a browser; the sandbox signs in whom the URL names.
async function signIn(user: string): Promise<string> {
  const begun = await json<{ authorization_url: string }>(send('POST', `${proxy}/v1/auth/authorize`, { 'X-Api-Key': apiKey }));
  return (await json<{ session_token: string }>(send('GET', `${begun.authorization_url}&sandbox_user=${user}`))).session_token;
}

const token: string = process.env.SESSION_TOKEN ?? (await signIn('alice'));
const call = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  send(method, proxy + path, { Authorization: `Bearer ${token}`, ...headers }, body);

// Wait: if X's limit is used up, the call is answered when it is open again, or refused if that takes more than 60 s.
await call('GET', '/2/users/me', { Prefer: 'wait=60' });

// Exactly once: the second time the answer is repeated, and X is not called.
const key: string = crypto.randomUUID();
const post = () => json<Tweet>(call('POST', '/v1/tweets', { 'Idempotency-Key': key }, { text: `Once, from TypeScript: ${key}` }));
const tweet: string = (await post()).data.id;
if ((await post()).data.id !== tweet) throw new Error('posted twice');

// Upload: begin, send, and ask where to go on (HEAD) after an interruption. Then post it as soon as X has processed it.
const tus = { 'Tus-Resumable': '1.0.0' };
const metadata = `filetype ${Buffer.from('image/png').toString('base64')}`;
const begun = await call('POST', '/v1/media', { ...tus, 'Upload-Length': `${picture.length}`, 'Upload-Metadata': metadata });
const upload: string = begun.headers.get('Location')!;
const offset = Number((await call('HEAD', upload, tus)).headers.get('Upload-Offset'));
const sending = { ...tus, 'Upload-Offset': `${offset}`, 'Content-Type': 'application/offset+octet-stream' };
await call('PATCH', upload, sending, picture.subarray(offset));
const body = { text: `A picture, from TypeScript: ${key}`, media: { upload_ids: [upload.split('/').at(-1)] } };
const withPicture: string = (await json<Tweet>(call('POST', '/v1/tweets', { Prefer: 'wait=120' }, body))).data.id;

for (const id of [tweet, withPicture]) await call('DELETE', `/v1/tweets/${id}`);
if (!process.env.SESSION_TOKEN) await call('DELETE', '/v1/session');
console.log(`TypeScript: posted ${tweet} once and ${withPicture} with a picture, and deleted both`);
