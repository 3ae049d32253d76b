// Signs in to a proxy with a sandbox behind it, as a browser would, and returns the session token.
export async function signIn(proxy, user, scopes) {
  const started = await fetch(`${proxy}/v1/auth/authorize`, {
    method: 'POST',
    headers: { 'X-Api-Key': 'dev-key', 'Content-Type': 'application/json' },
    body: JSON.stringify({ scopes }),
  });
  if (started.status !== 201) throw new Error(`authorize: ${started.status} ${await started.text()}`);
  const { authorization_url } = await started.json();
  const opened = await fetch(`${authorization_url}&sandbox_user=${user}`);
  if (opened.status !== 200) throw new Error(`callback: ${opened.status} ${await opened.text()}`);
  return (await opened.json()).session_token;
}

// What a longer script needs beyond the default.
export const manyScopes = 'tweet.read tweet.write users.read like.read like.write follows.read follows.write bookmark.read bookmark.write list.read list.write dm.read dm.write mute.read mute.write media.write offline.access'.split(' ');
