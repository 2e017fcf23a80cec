(function () {
  "use strict";
  var all = function (what) { return Array.prototype.slice.call(document.querySelectorAll(what)); };
  var folds = all("main details");
  var set = function (open) { folds.forEach(function (one) { one.open = open; }); };
  // What a link leads to is unfolded, whatever it stands in.
  var reveal = function () {
    var name = decodeURIComponent(location.hash.slice(1));
    var target = name && document.getElementById(name);
    for (var up = target; up; up = up.parentElement) { if (up.tagName === "DETAILS") { up.open = true; } }
    var own = target && target.querySelector(":scope > details");
    if (own) { own.open = true; }
    if (target) { target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  // On paper everything is unfolded, and afterwards as it was.
  var before = [];
  addEventListener("beforeprint", function () { before = folds.map(function (one) { return one.open; }); set(true); });
  addEventListener("afterprint", function () { before.forEach(function (open, i) { folds[i].open = open; }); });
  var tools = document.querySelector(".tools .buttons");
  if (tools) {
    tools.hidden = false;
    tools.addEventListener("click", function (event) {
      var wish = event.target.getAttribute("data-wish");
      if (!wish) { return; }
      set(wish === "unfold");
      if (wish === "failing") { all("main li.fails > details, main details.has-fails").forEach(function (one) { one.open = true; }); }
    });
  }
  // Arrows go through the tree: up and down, left to fold, right to unfold.
  document.addEventListener("keydown", function (event) {
    var here = document.activeElement;
    if (!here || here.tagName !== "SUMMARY" || event.altKey || event.ctrlKey || event.metaKey) { return; }
    var fold = here.parentElement;
    var seen = all("main summary").filter(function (one) { return one.offsetParent !== null && one.getClientRects().length; });
    var place = seen.indexOf(here);
    var go = null;
    if (event.key === "ArrowDown") { go = seen[place + 1]; }
    else if (event.key === "ArrowUp") { go = seen[place - 1]; }
    else if (event.key === "ArrowRight") { if (fold.open) { go = seen[place + 1]; } fold.open = true; }
    else if (event.key === "ArrowLeft") {
      if (fold.open) { fold.open = false; }
      else { var above = fold.parentElement.closest("details"); go = above && above.querySelector("summary"); }
    } else { return; }
    event.preventDefault();
    if (go) { go.focus(); }
  });
  reveal();
}());
