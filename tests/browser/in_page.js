// SPDX-License-Identifier: Apache-2.0
// Runs in the page of a report; gives what is wrong as a list of lines.
const problems = [];
const say = (line) => { if (problems.length < 40) problems.push(line); };
const seen = (box) => box.width > 0 && box.height > 0;
const words = (element) => (element.textContent || '').replace(/\s+/g, ' ').trim().slice(0, 50);

// Boxes that share more than a hair.
function meet(a, b) {
  const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return x > 1 && y > 1;
}

function overlaps(elements, what) {
  const boxes = elements.map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => seen(box));
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length; j++) {
      const [a, box] = boxes[i], [b, other] = boxes[j];
      if (meet(box, other) && !a.contains(b) && !b.contains(a)) say(`${what} overlap: "${words(a)}" and "${words(b)}"`);
    }
  }
}

function colour(text) {
  const numbers = (text.match(/[\d.]+/g) || []).map(Number);
  return numbers.length < 3 || numbers[3] === 0 ? null : numbers.slice(0, 3);
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((l, r) => l - r);
  return (high + 0.05) / (low + 0.05);
}

function ground(element) {
  const band = element.closest('.phase');
  if (band && band.querySelector('rect')) return colour(getComputedStyle(band.querySelector('rect')).fill);
  for (let e = element; e; e = e.parentElement) {
    const found = colour(getComputedStyle(e).backgroundColor);
    if (found) return found;
  }
  return [255, 255, 255];
}

function own_text(element) {
  return [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
}

function check_content() {
  for (const id of ['node', 'verdict', 'map', 'story', 'states', 'pairs', 'workloads', 'waits', 'placement', 'quality', 'missing']) {
    const element = document.getElementById(id);
    if (!element) { say(`no element #${id}`); continue; }
    const heading = element.querySelector('h1, h2');
    if (!heading || words(heading) === '') say(`#${id} has no heading`);
    else if (words(element).length < words(heading).length + 3) say(`#${id} has nothing but its heading`);
    if (!seen(element.getBoundingClientRect())) say(`#${id} is not shown`);
  }
  if (document.querySelectorAll('h1').length !== 1) say('not just one h1');
  if (document.scripts.length !== 0) say('the page has a script');
  if (!document.querySelector('.headline')) say('no headline');
  for (const svg of document.querySelectorAll('svg:not([aria-hidden])')) {
    if (svg.getAttribute('role') !== 'img') say('a figure without role=img');
    const by = (svg.getAttribute('aria-labelledby') || '').split(' ').map((id) => id && document.getElementById(id));
    const named = svg.getAttribute('aria-label') || by.some((e) => e && words(e));
    if (!named || !svg.querySelector('title')) say('a figure without a text alternative');
  }
  for (const id of ['map', 'states'])
    if (!document.querySelector(`#${id} figure svg .idle, #${id} figure svg path`)) say(`the figure of #${id} is empty`);
}

function check_layout() {
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    say(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`);
    for (const e of document.body.querySelectorAll('*'))
      if (!e.closest('.wide') && !e.closest('svg') && e.getBoundingClientRect().right > root.clientWidth + 1) say(`too wide: ${e.tagName} "${words(e)}"`);
  }
  overlaps([...document.querySelectorAll('header, section, footer')], 'sections');
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')], frame = svg.getBoundingClientRect();
    overlaps(texts, 'labels of a figure');
    for (const text of texts) {
      const box = text.getBoundingClientRect();
      if (!seen(box)) continue;
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        say(`a label leaves its figure: "${words(text)}"`);
      if (box.height < 8) say(`a label is ${box.height.toFixed(1)} px high: "${words(text)}"`);
    }
  }
  const blocks = 'h1, h2, h3, p, dt, dd, td, th, li, summary, figcaption, figure';
  for (const part of document.querySelectorAll('header, section, footer')) overlaps([...part.querySelectorAll(blocks)], 'texts');
}

function check_colours() {
  for (const element of document.body.querySelectorAll('*')) {
    if (!own_text(element) || element.closest('title, desc, style') || !seen(element.getBoundingClientRect())) continue;
    const style = getComputedStyle(element);
    const ink = colour(element.closest('svg') ? style.fill : style.color);
    const ratio = ink ? contrast(ink, ground(element)) : 0;
    if (ratio < 4.5) say(`contrast ${ratio.toFixed(1)}: "${words(element)}"`);
  }
  // States stay apart without colour too.
  const fill = (css) => {
    const e = document.querySelector(`section rect.${css}, section path.${css}`);
    return e && colour(getComputedStyle(e).fill);
  };
  const fills = ['idle', 'one', 'all'].map(fill).filter(Boolean);
  for (let i = 1; i < fills.length; i++)
    if (contrast(fills[i - 1], fills[i]) < 1.4) say(`states ${i - 1} and ${i} look alike (${contrast(fills[i - 1], fills[i]).toFixed(2)})`);
}

check_content();
check_layout();
check_colours();
return problems;
