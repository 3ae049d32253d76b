// The same calls as lines for a shell.

import { token } from './calls.js';
import { $, button, el } from './dom.js';

/** @param key The key to show: the public one, or a placeholder. */
export function showCurl(key) {
  const lines = {
    'Sign in: open the address this prints': `P=${location.origin}\ncurl -X POST $P/v1/auth/authorize \\\n  -H 'X-Api-Key: ${key || 'YOUR-KEY'}'`,
    'Keep the session token': `A='Authorization: Bearer otps_...'`,
    'Post a tweet, exactly once': `curl $P/v1/tweets -H "$A" \\\n  -H 'Content-Type: application/json' \\\n  -H 'Idempotency-Key: hello-1' \\\n  -d '{"text":"Hello from curl"}'`,
    'Read the home timeline': `curl $P/v1/timelines/home -H "$A"`,
    'See every limit': `curl $P/v1/limits -H "$A"`,
    'Anything else X has, unchanged': `curl $P/2/users/me -H "$A"`,
  };
  $('curl').replaceChildren($('curl').firstElementChild, ...Object.entries(lines).map(([title, text]) => {
    const mine = token() && text.includes('otps_...'), label = mine ? 'Copy mine' : 'Copy', pre = el('pre', '', text);
    const copy = button('quiet push', label, async () => {
      await navigator.clipboard.writeText(mine ? text.replace('otps_...', token()) : text);
      copy.textContent = 'Copied';
      setTimeout(() => { copy.textContent = label; }, 1500);
    });
    copy.setAttribute('aria-label', `${label}: ${title}`);
    copy.hidden = !navigator.clipboard;
    pre.tabIndex = 0; // it scrolls
    return el('div', '', el('div', 'row', el('span', 'small', title), copy), pre);
  }));
}
