// The once-a-second numbers, and the care for the line they come over.
const Silence = 10_000; // ms without a message on an open line: half-open TCP, start anew
const Retry = 2_000;

export function follow({ onStatus, onUnauthorized }) {
  let source;
  let heardAt = Date.now();
  let openedAt = 0;

  function open() {
    source?.close();
    openedAt = Date.now();
    source = new EventSource('/api/stream');
    source.onmessage = event => hear(JSON.parse(event.data));
    // CONNECTING: the browser tries again by itself. CLOSED: the server answered something else, and only a fetch may see what.
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) probe(); };
  }

  function hear(status) {
    heardAt = Date.now();
    onStatus(status);
  }

  async function probe() {
    try {
      const answer = await fetch('/api/status', { cache: 'no-store' });
      if (answer.status === 401) return onUnauthorized();
      if (answer.ok) hear(await answer.json());
    } catch { /* not reachable: the banner says so, and we try again */ }
    setTimeout(open, Retry);
  }

  setInterval(() => {
    const stuck = source?.readyState === EventSource.OPEN && Date.now() - Math.max(heardAt, openedAt) > Silence;
    if (stuck) open();
  }, 1000);

  return { open, ageSeconds: () => (Date.now() - heardAt) / 1000 };
}
