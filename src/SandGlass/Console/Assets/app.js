// Wires the page: numbers come in once a second, everything is drawn from the latest of them in the next frame.
import { drawAlarms } from './alarms.js';
import { byId, set } from './dom.js';
import { drawFallbacks } from './fallbacks.js';
import { createFlow } from './flow.js';
import { createGlass } from './glass.js';
import { createGoods } from './goods.js';
import { createHistory } from './history.js';
import { wireChange } from './change.js';
import { logIn } from './login.js';
import { drawPlans, wirePlans } from './plans.js';
import { createPolicyRoom } from './policy.js';
import { createRooms } from './rooms.js';
import { drawShadowList } from './shadow.js';
import { createSand } from './sand.js';
import { follow } from './stream.js';
import { drawAge, drawProblems, drawStrip } from './strip.js';
import { drawSwitches, wireSwitches } from './switches.js';
import { drawTables } from './tables.js';
import { createTimeline } from './timeline.js';

const toFlow = createFlow();
const drawGlass = createGlass(byId('glass'), byId('glass-note'));
const sand = createSand(byId('glass'), byId('sand'));
const history = createHistory(byId('legend'), byId('history'));
const timeline = createTimeline();
const policy = createPolicyRoom();
const lookAtGoods = createGoods(() => room === 'live' && Boolean(status));
let status, flow, frame, room;
let still = false;
let seen = false;

const feed = follow({
  onStatus(next) {
    status = next;
    flow = toFlow(next);
    history.add(next);
    age();
    if (!seen) lookAtGoods();
    seen = true;
    frame ??= requestAnimationFrame(draw);
  },
  async onUnauthorized() {
    await logIn();
    feed.open();
  },
});

function draw() {
  frame = undefined;
  if (!status) return;
  document.body.classList.remove('waiting');
  drawProblems(status);
  document.body.style.setProperty('--above', `${byId('main').offsetTop}px`);
  drawStrip(status);
  policy.update(status);
  if (room !== 'live') return;
  drawAlarms(status);
  drawTables(status);
  drawShadowList(status);
  drawSwitches(status);
  drawFallbacks(status);
  drawPlans(status);
  timeline.update(status);
  history.draw(status);
  sand.show(drawGlass(flow), flow);
}

function age() {
  const lost = drawAge(feed?.ageSeconds() ?? 0, Boolean(status));
  sand.allow(!still && !lost && room === 'live');
}

byId('still').addEventListener('click', event => {
  still = !still;
  set(event.currentTarget, { 'aria-pressed': String(still) });
  age();
});

byId('rejected-edit').addEventListener('click', () => {
  rooms.go('#policy/edit');
  policy.editFile();
});

new ResizeObserver(() => { frame ??= requestAnimationFrame(draw); }).observe(byId('glass'));
setInterval(age, 1000);
wireSwitches();
wirePlans();
wireChange();
const rooms = createRooms(next => {
  room = next;
  policy.show(room === 'policy');
  age();
  frame ??= requestAnimationFrame(draw);
});
feed.open();
