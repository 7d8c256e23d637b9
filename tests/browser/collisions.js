// Words that overlap, leave the screen, or are cut off: what is wrong, and the words.
() => {
  const wrong = [];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.unseen, .skip');
  const leaves = [...document.querySelectorAll('body *')].filter((e) =>
    shown(e) && !e.closest('svg, select, option, canvas, datalist') &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  const boxes = [];
  // Of what stands in a box that scrolls only the part that the box shows can collide.
  const scroller = (e) => {
    for (let up = e.parentElement; up && up !== document.body; up = up.parentElement)
      if (/auto|scroll/.test(getComputedStyle(up).overflowX + getComputedStyle(up).overflowY)) return up;
    return null;
  };
  const put = (e, text, r) => {
    const box = { e, text: text.trim().slice(0, 40), l: r.left, t: r.top, r: r.right, b: r.bottom };
    for (let up = scroller(e); up; up = scroller(up)) {
      const frame = up.getBoundingClientRect();
      box.l = Math.max(box.l, frame.left), box.r = Math.min(box.r, frame.right);
      box.t = Math.max(box.t, frame.top), box.b = Math.min(box.b, frame.bottom);
    }
    if (box.r - box.l < 1 || box.b - box.t < 1) return;
    if (box.l < -1 || box.r > innerWidth + 1) wrong.push(['off the screen', box.text]);
    boxes.push(box);
  };
  for (const e of leaves) {
    for (const n of e.childNodes) {
      if (n.nodeType !== 3 || !n.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      for (const r of range.getClientRects()) if (r.width && r.height) put(e, n.data, r);
    }
    if (getComputedStyle(e).overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1)
      wrong.push(['clipped', e.textContent.slice(0, 40)]);
  }
  for (const svg of [...document.querySelectorAll('main svg')].filter(shown)) {
    const frame = svg.getBoundingClientRect();
    for (const e of svg.querySelectorAll('text')) {
      const q = e.getBoundingClientRect();
      if (q.left < frame.left - 2 || q.right > frame.right + 2 || q.top < frame.top - 2 || q.bottom > frame.bottom + 2)
        wrong.push(['outside its picture', e.textContent]);
      put(e, e.textContent, q);
    }
  }
  boxes.sort((a, b) => a.t - b.t);
  for (let i = 0; i < boxes.length; i++)
    for (let j = i + 1; j < boxes.length && boxes[j].t < boxes[i].b - 4; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.e === b.e || Math.min(a.r, b.r) - Math.max(a.l, b.l) < 2 || Math.min(a.b, b.b) - b.t < 4) continue;
      wrong.push(['overlap', a.text, b.text]);
    }
  for (const canvas of document.querySelectorAll('canvas[data-labels]')) {
    const found = JSON.parse(canvas.dataset.labels);
    if (!found.length) wrong.push(['no label', 'map']);
    for (const [i, [text, l, t, r, b]] of found.entries()) {
      if (l < 0 || t < 0 || r > canvas.clientWidth || b > canvas.clientHeight) wrong.push(['clipped', text]);
      for (const [other, l2, t2, r2, b2] of found.slice(i + 1))
        if (Math.min(r, r2) - Math.max(l, l2) > 1 && Math.min(b, b2) - Math.max(t, t2) > 1) wrong.push(['overlap', text, other]);
    }
  }
  return wrong;
}
