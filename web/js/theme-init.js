// Runs before the first paint, so that the stored theme does not flash.
(() => {
  const stored = localStorage.getItem("lectern.theme");
  if (stored) document.documentElement.dataset.theme = stored;
})();
