// Runs before the first paint. Inline scripts are refused by the content security policy, so this is a file.
(function () {
  function kept(key) {
    try {
      return localStorage.getItem(key);
    } catch (error) {
      return null; // Storage is blocked.
    }
  }

  // A chosen theme never flashes; without a choice the system's counts.
  var choice = kept('wh.theme');
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';

  // The page's first questions go out while its program is still under way. src/api/first-answers.ts takes the answers.
  var asked = (window.whAsked = {});
  function ask(path) {
    asked[path] = fetch(path, { headers: { Accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store' });
    asked[path].catch(function () {}); // Whoever takes it hears of it.
    return asked[path];
  }
  function askOf(org) {
    var base = '/api/v1/orgs/' + encodeURIComponent(org);
    ask(base + '/apps?limit=50');
    ask(base + '/workers?limit=100');
    ask(base + '/workers/metrics');
  }
  if (/^\/(setup|sign-in|invitation|docs)/.test(location.pathname)) return;
  var session = ask('/api/v1/session');
  if (location.pathname !== '/') return;
  var org = kept('wh.organization');
  if (org) {
    askOf(org);
    return;
  }
  session
    .then(function (answer) {
      return answer.ok ? answer.clone().json() : null;
    })
    .then(function (own) {
      if (own && own.organization.slug) askOf(own.organization.slug);
    })
    .catch(function () {});
})();
