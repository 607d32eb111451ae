// The policy's room: what was in force and when, the way back, the text itself, who changed what, and the rules on trial.
import { call } from './api.js';
import { drawAudit } from './audit.js';
import { createDesk } from './desk.js';
import { byId, text } from './dom.js';
import { wireExplain } from './explain.js';
import { logIn } from './login.js';
import { createRevisions } from './revisions.js';
import { drawShadowTable } from './shadow.js';

export function createPolicyRoom() {
  let status, seen;
  let open = false;
  let known = false; // who we are
  // What every part of the room may ask. fileRevision: what a change would overwrite; nearly always the one in force.
  const desk = {
    mayWrite: false, // until we know
    get status() { return status; },
    get fileRevision() { return /^[0-9a-f]{12}$/.test(status?.policy.rejected ?? '') ? status.policy.rejected : status?.revision; },
    // The stream is up to a second old; a change is based on what is there now.
    async look() {
      const answer = await call('/api/status');
      if (answer.ok) status = answer.json;
    },
    async changed(news) {
      await desk.look();
      text(byId('policy-news'), news);
      revisions.follow();
      await refresh();
    },
  };
  const revisions = createRevisions(desk);
  const editor = createDesk(desk);
  wireExplain();
  byId('viewer-login').addEventListener('click', async () => {
    await logIn({ optional: true });
    await askWho();
  });

  async function askWho() {
    const { json } = await call('/api/me');
    desk.mayWrite = json?.role !== 'viewer';
    known = true;
    byId('viewer').hidden = desk.mayWrite;
    editor.allow();
    revisions.draw();
  }

  async function refresh() {
    const [kept, lines] = await Promise.all([call('/api/policy/revisions'), call('/api/audit?last=50')]);
    text(byId('revisions-problem'), kept.problem);
    text(byId('audit-problem'), lines.problem);
    if (kept.ok) revisions.set(kept.json);
    if (lines.ok) drawAudit(lines.json, status?.time);
  }

  // Asked again only when something has happened that the lists tell of.
  function draw() {
    if (!open || !known || !status) return;
    drawShadowTable(status);
    const { policy, switches } = status;
    const now = [policy.revision, policy.loadedAt, policy.rejected, ...switches.map(entry => `${entry.on}${entry.since}`)].join();
    if (now === seen) return;
    seen = now;
    refresh();
    editor.follow(status);
  }

  return {
    async show(isOpen) {
      const opened = isOpen && !open;
      open = isOpen;
      if (opened) await askWho();
      draw();
    },
    update(next) {
      // What was asked for by the way may be newer than what the stream had under way.
      const behind = (status?.uptimeSeconds ?? 0) - next.uptimeSeconds;
      if (behind > 0 && behind < 5) return;
      status = next;
      draw();
    },
    editFile: () => editor.loadFile(),
  };
}
