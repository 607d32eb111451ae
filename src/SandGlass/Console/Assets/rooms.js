// Which room is shown is in the address: #policy, or #policy/edit for a part of it. Without one it is the live page.
import { byId, set } from './dom.js';

const Rooms = { live: 'main', policy: 'policy-room' };

export function createRooms(onChange) {
  function show() {
    const [name, part] = location.hash.slice(1).split('/');
    const room = Rooms[name] ? name : 'live';
    for (const [each, id] of Object.entries(Rooms)) {
      byId(id).hidden = each !== room;
      set(byId(`to-${each}`), { 'aria-current': each === room ? 'page' : null });
    }
    onChange(room, part);
    const target = part && byId(`part-${part}`);
    if (target) target.scrollIntoView();
    else scrollTo(0, 0);
    target?.querySelector('h2')?.focus({ preventScroll: true });
  }

  addEventListener('hashchange', show);
  // Where one is already: the address does not change, but one may have scrolled away.
  document.addEventListener('click', event => {
    if (event.target.closest('a')?.getAttribute('href') === location.hash) show();
  });
  show();
  return {
    go(hash) {
      if (location.hash === hash) show();
      else location.hash = hash;
    },
  };
}
