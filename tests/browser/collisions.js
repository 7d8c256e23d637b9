// Words that overlap, leave the screen, or are cut off: what is wrong, and the words.
() => {
  const wrong = [];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.unseen, .skip');
  const leaves = [...document.querySelectorAll('body *')].filter((e) =>
    shown(e) && !e.closest('svg, select, option, canvas, datalist') &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  const boxes = [];
  for (const e of leaves) {
    const scroller = e.closest('.scroll, .ranking, .presets, .bar nav');
    if (e.closest('.days')) continue; // stays at the top, over what scrolls
    for (const n of e.childNodes) {
      if (n.nodeType !== 3 || !n.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      for (const r of range.getClientRects()) {
        if (!r.width || !r.height) continue;
        const box = { e, text: n.data.trim().slice(0, 40), l: r.left, t: r.top, r: r.right, b: r.bottom };
        if (!scroller && (box.l < -1 || box.r > innerWidth + 1)) wrong.push(['off the screen', box.text]);
        if (!scroller) boxes.push(box);
      }
    }
    const style = getComputedStyle(e);
    if (style.overflowX !== 'visible' && !scroller && e.scrollWidth > e.clientWidth + 1)
      wrong.push(['clipped', e.textContent.slice(0, 40)]);
  }
  const svgs = [...document.querySelectorAll('main svg')].filter(shown);
  for (const svg of svgs) {
    const frame = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll('text')].map((e) => ({ e, text: e.textContent, turned: e.getAttribute('transform'), q: e.getBoundingClientRect() }));
    for (const { text, q } of words)
      if (!svg.closest('.scroll') && (q.left < frame.left - 2 || q.right > frame.right + 2 || q.top < frame.top - 2 || q.bottom > frame.bottom + 2))
        wrong.push(['outside its picture', text]);
    for (const { e, text, q, turned } of words)
      if (!turned) boxes.push({ e, text, l: q.left, t: q.top, r: q.right, b: q.bottom });
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
