/** The few drawings of the page, in the colour of the text around them. */
import { svg } from "lit";

const drawing = (content: unknown) =>
  svg`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${content}</svg>`;

export const iconMark = svg`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <path d="M7 8v3a9 7 0 0 0 9 7M25 8v3a9 7 0 0 1-9 7v6" />
  <circle cx="7" cy="7" r="3.6" /><circle cx="25" cy="7" r="3.6" /><circle cx="16" cy="25" r="3.6" />
</svg>`;

export const iconLock = drawing(
  svg`<rect x="3" y="7" width="10" height="7" rx="1.5" /><path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" />`,
);
export const iconRemove = drawing(svg`<path d="m4 4 8 8M12 4l-8 8" />`);
export const iconSwap = drawing(
  svg`<path d="M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3" />`,
);
export const iconDownload = drawing(svg`<path d="M8 2v8M4.8 7 8 10.2 11.2 7M3 13.5h10" />`);
export const iconCopy = drawing(
  svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />`,
);
export const iconDone = drawing(svg`<path d="m3 8.5 3.5 3.5L13 4.5" />`);
export const iconUp = drawing(svg`<path d="m4 10 4-4 4 4" />`);
export const iconDown = drawing(svg`<path d="m4 6 4 4 4-4" />`);
export const iconClose = iconRemove;
/** A stem that parts: the model others descend from. */
export const iconAncestor = drawing(
  svg`<circle cx="8" cy="3.5" r="1.8" /><path d="M8 5.5v3M3.5 13v-2a2.5 2.5 0 0 1 2.5-2.5h4a2.5 2.5 0 0 1 2.5 2.5v2" />`,
);
