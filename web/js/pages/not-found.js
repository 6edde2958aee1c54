import { empty, link } from "../ui/components.js";

export const title = "Not found";

export default () => empty("eye", "There is no such page", "The address may be old or mistyped.", link("To the catalogue", "#/", "primary"), "h1");
