// Grey placeholders with the size of the content, so that the layout does not shift when it loads.
import { h } from "./dom.js";

const block = (kind) => h("div.skeleton", { class: kind, "aria-hidden": "true" });
const times = (number, create) => Array.from({ length: number }, create);

export const cardSkeleton = (number = 8) => h("div.cards", times(number, () => h("div.card.placeholder", block("cover"), h("div.card-body", block("line"), block("line short")))));

export const panelSkeleton = () => [block("title"), h("div.stats", times(4, () => block("stat"))), h("div.panels", block("panel"), block("panel"))];

export const textSkeleton = () => [block("title"), times(6, () => block("line")), block("line short")].flat();

export const rowSkeleton = (number = 5) => h("div.stack", times(number, () => block("row")));
