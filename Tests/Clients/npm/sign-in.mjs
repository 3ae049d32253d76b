// Signs in to a proxy with a sandbox behind it, as a browser would, and returns the session token.
export async function signIn(proxy, user) {
  const started = await fetch(`${proxy}/v1/auth/authorize`, { method: 'POST', headers: { 'X-Api-Key': 'dev-key' } });
  if (started.status !== 201) throw new Error(`authorize: ${started.status} ${await started.text()}`);
  const { authorization_url } = await started.json();
  const opened = await fetch(`${authorization_url}&sandbox_user=${user}`);
  if (opened.status !== 200) throw new Error(`callback: ${opened.status} ${await opened.text()}`);
  return (await opened.json()).session_token;
}
