// Asks for the admin token when a call answers 401. The cookie that follows is HttpOnly: this page never sees or keeps the token.
import { byId, text } from './dom.js';

let asking;

// optional: somebody is in already, as a viewer, and may leave it at that.
export function logIn({ optional = false } = {}) {
  asking ??= ask(optional).finally(() => { asking = undefined; });
  return asking;
}

function ask(optional) {
  const dialog = byId('login');
  const token = byId('login-token');
  const problem = byId('login-problem');
  text(problem, '');
  if (!dialog.open) dialog.showModal();
  token.focus();
  return new Promise(done => {
    byId('login-cancel').hidden = !optional;
    byId('login-cancel').onclick = () => dialog.close();
    dialog.oncancel = event => { if (!optional) event.preventDefault(); }; // there is nothing to see behind it
    dialog.onclose = done;
    byId('login-form').onsubmit = async event => {
      event.preventDefault();
      text(problem, '');
      const error = await send(token.value);
      token.value = '';
      if (error) return text(problem, error);
      dialog.close();
    };
  });
}

async function send(token) {
  try {
    const answer = await fetch('/api/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    if (answer.ok) return null;
    return answer.status === 401 || answer.status === 403 ? 'This token is not accepted.' : `The gateway answered ${answer.status}.`;
  } catch {
    return 'The gateway does not answer. Try again.';
  }
}
