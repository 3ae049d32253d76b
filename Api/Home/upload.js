// One file's upload: tus 1.0 (docs/concepts/media.md). After an interruption it continues at the acknowledged offset.

import { call, send, showProblem } from './calls.js';
import { pause } from './dom.js';

const PIECE = 1024 * 1024;
const TUS = { 'Tus-Resumable': '1.0.0' };
const offsetIn = response => Number(response.headers.get('Upload-Offset'));
const encode = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

export class Upload {
  #file; #draw; #url = null; #ready = false; #stop = new AbortController();

  /** @param draw Shows the progress: a text, and a share from 0 to 1. */
  constructor(file, draw) { [this.#file, this.#draw] = [file, draw]; }

  /** The proxy's id, for the tweet. */
  get id() { return this.#url.split('/').pop(); }

  /** Whether it has begun: its alternative text has been sent. */
  get begun() { return this.#url !== null; }

  get stopped() { return this.#stop.signal.aborted; }

  /** Sends it, or what is left of it. Whether X has the file now, ready to be attached. */
  async send(altText) {
    if (this.#ready) return true;
    const offset = this.#url ? await this.#resume() : undefined;
    if (offset === null || this.stopped) return false;
    if (offset === undefined && !await this.#begin(altText)) return false;
    if (!await this.#sendFrom(offset ?? 0)) return false;
    return this.#ready = await this.#untilReady();
  }

  /** Ends it, whatever it is doing, and deletes what the proxy has of it. */
  async remove() {
    this.#stop.abort();
    if (this.#url) await call('DELETE', this.#url, { headers: { ...TUS }, background: true });
  }

  async #begin(altText) {
    const metadata = Object.entries({ filename: this.#file.name, filetype: this.#file.type, alt_text: altText }).filter(([, value]) => value);
    const headers = { ...TUS, 'Upload-Length': this.#file.size, 'Upload-Metadata': metadata.map(([name, value]) => `${name} ${encode(value)}`).join() };
    // Not stopped by the signal: an upload that has begun must be known, to be deleted.
    this.#url = await call('POST', '/v1/media', { headers, read: response => response.headers.get('Location'), topic: 'upload' });
    if (this.#url && this.stopped) await this.remove();
    return this.#url !== null && !this.stopped;
  }

  async #sendFrom(offset) {
    for (let tries = 0; offset < this.#file.size;) {
      this.#draw(`${(offset / 1e6).toFixed(1)} of ${(this.#file.size / 1e6).toFixed(1)} MB`, offset / this.#file.size);
      const headers = { ...TUS, 'Upload-Offset': offset, 'Content-Type': 'application/offset+octet-stream' };
      const body = this.#file.slice(offset, offset + PIECE);
      const sent = await this.#call('PATCH', { headers, body, background: tries < 4, read: offsetIn, topic: 'upload' });
      if (this.stopped) return false;
      if (sent !== null) [offset, tries] = [sent, 0];
      else if (await this.#hasFailed() || ++tries === 5) return false;
      else {
        this.#draw('Connection lost; resuming', offset / this.#file.size);
        await pause(tries);
        offset = await this.#call('HEAD', { headers: { ...TUS }, background: true, read: offsetIn }) ?? offset;
      }
      if (this.stopped) return false;
    }
    return true;
  }

  async #untilReady() {
    for (let misses = 0; misses < 5; await pause(1)) {
      const progress = await this.#call('GET', { background: true });
      if (this.stopped) return false;
      if (progress?.state === 'succeeded') {
        this.#draw('Uploaded', 1);
        return true;
      }
      if (progress?.state === 'failed') return !await this.#hasFailed(progress);
      misses = progress ? 0 : misses + 1;
      this.#draw('X is processing it', (progress?.processing_percent ?? 0) / 100);
    }
    showProblem({ title: 'The proxy does not answer', detail: 'The file has been sent. Post again to continue.' }, 'upload');
    return false;
  }

  /** The offset at which it continues; undefined when it is gone or has failed; null when this is unknown and an error is shown. */
  async #resume() {
    const offset = await this.#call('HEAD', { headers: { ...TUS }, background: true, read: offsetIn });
    if (offset !== null) return offset;
    const { value, problem } = await send('GET', this.#url, { background: true, signal: this.#stop.signal }); // a HEAD has no error body
    if (this.stopped) return null;
    if (value?.state === 'failed' || problem?.status === 404 || problem?.status === 410) {
      this.#url = null;
      return undefined;
    }
    showProblem(problem ?? { title: 'The upload could not be resumed', detail: 'The bytes sent so far are kept. Post again to continue.' }, 'upload');
    return null;
  }

  /** Whether it has failed; the next Post then starts again. */
  async #hasFailed(progress) {
    progress ??= await this.#call('GET', { background: true });
    if (progress?.state !== 'failed') return false;
    showProblem({ title: `${this.#file.name} could not be uploaded`, detail: progress.error?.detail }, 'upload');
    this.#draw('Failed', 0);
    this.#url = null;
    return true;
  }

  #call(method, options) { return call(method, this.#url, { ...options, signal: this.#stop.signal }); }
}
