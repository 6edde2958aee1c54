// The cover of a course: its thumbnail, or a picture drawn from its id.
import { h, s } from "./dom.js";

const COLOUR_PAIRS = [
  ["#0d6b5b", "#57b894"], ["#1f4e79", "#6aa9d8"], ["#7a3e48", "#d98b7f"], ["#5b4a8a", "#a99ad6"],
  ["#8a5a1c", "#e0b04f"], ["#2d5d3a", "#9cc27a"], ["#3d4a63", "#93a7c9"], ["#8b3a5e", "#d990b0"],
];

export function cover(course) {
  if (course.thumbnail_url) return h("img.cover", { src: course.thumbnail_url, alt: "", loading: "lazy" });
  const seed = hash(course.id);
  const [deep, light] = COLOUR_PAIRS[seed % COLOUR_PAIRS.length];
  const id = `cover-${course.id}`;
  return s("svg", { class: "cover", viewBox: "0 0 320 180", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" },
    s("defs", s("linearGradient", { id, x1: 0, y1: 0, x2: 1, y2: 1 }, s("stop", { offset: 0, "stop-color": deep }), s("stop", { offset: 1, "stop-color": light }))),
    s("rect", { width: 320, height: 180, fill: `url(#${id})` }),
    SHAPES[(seed >>> 4) % SHAPES.length](seed >>> 8));
}

const faint = { fill: "none", stroke: "#fff", "stroke-opacity": 0.28, "stroke-width": 2 };

const SHAPES = [
  (seed) => circles(60 + (seed % 200), 150),
  (seed) => Array.from({ length: 7 }, (_, at) => s("path", { ...faint, d: `M-20 ${60 + at * 22} q 60 ${-50 - (seed % 30)} 130 0 t 130 0 t 130 0` })),
  (seed) => Array.from({ length: 9 }, (_, at) => s("path", { ...faint, d: `M${40 * at - 60 + (seed % 30)} 200 l 110 -220` })),
  (seed) => Array.from({ length: 5 }, (_, at) => s("rect", { ...faint, x: 150 + at * 18 - (seed % 60), y: 20 + at * 16, width: 150, height: 110, rx: 10 })),
  (seed) => circles(300 - (seed % 60), 10),
];

function circles(x, y) {
  return Array.from({ length: 7 }, (_, at) => s("circle", { ...faint, cx: x, cy: y, r: 18 + at * 24 }));
}

function hash(text) {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 16777619) >>> 0;
  return value;
}
