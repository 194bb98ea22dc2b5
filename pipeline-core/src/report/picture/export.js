'use strict';
const frame = document.getElementById('frame');
const drawing = document.getElementById('pipeline');
let [x, y, width, height] = drawing.getAttribute('viewBox').split(' ').map(Number);
const show = () => drawing.setAttribute('viewBox', [x, y, width, height].join(' '));
const zoom = (by) => {
  x += (width * (1 - by)) / 2;
  y += (height * (1 - by)) / 2;
  width *= by;
  height *= by;
  show();
};
const move = (right, down) => {
  x += right * width;
  y += down * height;
  show();
};
frame.addEventListener('wheel', (event) => {
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.1 : 1 / 1.1);
}, { passive: false });
frame.addEventListener('pointermove', (event) => {
  if (event.buttons === 1) move(-event.movementX / frame.clientWidth, -event.movementY / frame.clientHeight);
});
frame.addEventListener('keydown', (event) => {
  const steps = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
  if (steps[event.key]) move(...steps[event.key]);
  else if (event.key === '+') zoom(1 / 1.2);
  else if (event.key === '-') zoom(1.2);
  else return;
  event.preventDefault();
});
const lines = [...drawing.querySelectorAll('.edge')].map((line) => [line, line.dataset.from, line.dataset.to]);
const follow = (start, from, to) => {
  const seen = new Set([start]);
  for (const id of seen) for (const line of lines) if (line[from] === id) seen.add(line[to]);
  return seen;
};
drawing.addEventListener('click', (event) => {
  const element = event.target.closest('[data-id]');
  const lit = element && new Set([...follow(element.dataset.id, 2, 1), ...follow(element.dataset.id, 1, 2)]);
  for (const other of drawing.querySelectorAll('[data-id]')) other.classList.toggle('dim', !!lit && !lit.has(other.dataset.id));
  for (const [line, from, to] of lines) line.classList.toggle('dim', !!lit && !(lit.has(from) && lit.has(to)));
});
