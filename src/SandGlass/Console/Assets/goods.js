// Today's hottest goods, and the backend calls that they did not cost. Asked for by itself: the stream of once a second stays small.
import { call } from './api.js';
import { byId, el, keyed, set, text } from './dom.js';
import { count, rate, share } from './format.js';

const Shown = 10;
const EveryMs = 2000;

export function createGoods(isSeen) {
  let busy = false;
  async function look() {
    if (busy || document.hidden || !isSeen()) return;
    busy = true;
    const answer = await call('/api/hotkeys?top=20');
    busy = false;
    if (answer.ok && Array.isArray(answer.json)) draw(answer.json);
  }
  setInterval(look, EveryMs);
  return look;
}

function draw(routes) {
  byId('goods-room').hidden = !routes.length;
  if (!routes.length) return;
  const goods = routes.flatMap(route => route.today.map(good => ({ ...good, route: route.route, id: `${route.route} ${good.key}` })))
    .sort((a, b) => b.requests - a.requests).slice(0, Shown);
  const hot = routes.reduce((n, route) => n + route.today.filter(good => good.hot).length, 0);
  text(byId('goods-news'), hot ? `${hot} hot now` : 'none hot now');
  set(byId('goods-news'), { class: hot ? 'badge hot' : 'badge' });
  const saved = routes.reduce((n, route) => n + route.callsSaved, 0);
  const made = routes.reduce((n, route) => n + route.callsMade, 0);
  text(byId('goods-saved'), count(saved));
  text(byId('goods-of'), `of ${count(saved + made)} calls saved since start (${share(saved, saved + made)})`);
  byId('goods-none').hidden = goods.length > 0;
  byId('goods-table').hidden = !goods.length;
  const most = Math.max(1, ...goods.map(good => good.requests));
  const many = routes.length > 1;
  keyed(byId('goods'), goods.map((good, index) => ({ ...good, index, most, many })), good => good.id, row);
}

function row({ key, route }) {
  const place = el('td', { class: 'place' });
  const [name, of, bar] = [el('span', { class: 'code' }, key), el('small'), el('div', { class: 'heat' }, el('span'), el('span'))];
  const [now, today, saved] = [el('td'), el('td'), el('td', { class: 'saved' })];
  const node = el('tr', {}, place, el('th', { scope: 'row' }, name, of, bar), now, today, saved);
  return {
    node,
    update(good) {
      text(place, good.index + 1);
      text(of, good.many ? route : '');
      // How much of the hottest one's requests it had, and how much of that the backend saw.
      const spared = good.requests > 0 ? Math.min(1, good.callsSaved / good.requests) : 0;
      bar.style.width = `${Math.max(1, (100 * good.requests) / good.most)}%`;
      bar.firstChild.style.flexGrow = spared;
      bar.lastChild.style.flexGrow = 1 - spared;
      set(node, { class: good.hot ? 'hot' : null });
      text(now, rate(good.requestsPerSecond));
      set(now, { title: `peak ${rate(good.peakPerSecond)}/s` });
      text(today, count(good.requests));
      text(saved, share(good.callsSaved, good.requests));
      set(saved, { title: `${count(good.callsSaved)} backend calls` });
    },
  };
}
