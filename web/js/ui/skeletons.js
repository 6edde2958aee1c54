// Grey shapes where content will be, so that nothing jumps when it comes.
import { h } from "./dom.js";

const bone = (kind) => h("div.bone", { class: kind, "aria-hidden": "true" });
const times = (number, make) => Array.from({ length: number }, make);

export const cardBones = (number = 8) => h("div.cards", times(number, () => h("div.card.ghost", bone("cover"), h("div.card-body", bone("line"), bone("line short")))));

export const panelBones = () => [bone("title"), h("div.stats", times(4, () => bone("stat"))), h("div.panels", bone("panel"), bone("panel"))];

export const textBones = () => [bone("title"), times(6, () => bone("line")), bone("line short")].flat();

export const rowBones = (number = 5) => h("div.stack", times(number, () => bone("row")));
