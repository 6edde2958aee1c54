import { emptyState, linkButton } from "../ui/components.js";

export const title = "Not found";

export default () => emptyState("eye", "Page not found", "The address may be outdated or mistyped.", linkButton("Browse courses", "#/", "primary"), "h1");
