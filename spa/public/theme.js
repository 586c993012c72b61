// Runs before the first paint, so that a chosen theme never flashes. Inline scripts are refused by the content security policy.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('wh.theme');
  } catch (error) {
    choice = null; // Storage is blocked: follow the system.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
