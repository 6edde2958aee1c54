// Lessons by drag and drop. The buttons beside each lesson do the same for keyboards and fingers.

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

/** Calls `dropped(id)` when a lesson is let go over `target`; `mark` is the class that shows where it will land. */
export function droppable(target, mark, dropped) {
  target.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    event.stopPropagation();
    target.classList.add(mark);
  });
  target.addEventListener("dragleave", () => target.classList.remove(mark));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    target.classList.remove(mark);
    if (dragged) dropped(dragged);
  });
}
