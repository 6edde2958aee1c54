// Drag and drop of lessons. The buttons of each lesson do the same for keyboard and touch.

let dragged = null;

/** Makes `row` (a lesson) draggable. */
export function draggable(row, id) {
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    dragged = id;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", id);
    row.classList.add("dragged");
  });
  row.addEventListener("dragend", () => {
    dragged = null;
    row.classList.remove("dragged");
  });
}

/** Calls `onDrop(id)` when a lesson is dropped on `target`; `className` marks the drop position. */
export function droppable(target, className, onDrop) {
  target.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    event.stopPropagation();
    target.classList.add(className);
  });
  target.addEventListener("dragleave", () => target.classList.remove(className));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    target.classList.remove(className);
    if (dragged) onDrop(dragged);
  });
}
