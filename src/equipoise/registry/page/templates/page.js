(function () {
  "use strict";
  document.documentElement.classList.add("js");

  // What is folded away is printed; lists that were bounded on purpose stay bounded.
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not(.all):not([open])").forEach(function (each) {
      each.open = true;
      each.dataset.printed = "";
    });
  });
  addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-printed]").forEach(function (each) {
      each.open = false;
      delete each.dataset.printed;
    });
  });

  // Beside the answer there is room for the facets most asked for.
  if (matchMedia("(min-width:68rem)").matches)
    document.querySelectorAll("details[data-open]").forEach(function (each) { each.open = true; });

  // The rail marks the section that is read.
  var rail = new Map();
  document.querySelectorAll(".rail a").forEach(function (link) {
    var target = document.getElementById(link.hash.slice(1));
    if (target) rail.set(target, link);
  });
  if (rail.size && "IntersectionObserver" in window) {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        rail.forEach(function (link) { link.removeAttribute("aria-current"); });
        rail.get(entry.target).setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-15% 0px -75% 0px" });
    rail.forEach(function (link, target) { seen.observe(target); });
  }

  // Eligibility: one answer against decides; while an answer is missing the question is open.
  var form = document.querySelector("form.try");
  if (!form) return;
  var verdict = form.querySelector(".verdict");
  function bound(name) {
    var text = form.dataset[name];
    return text === "" ? null : Number(text);
  }
  function judge() {
    var against = [], missing = 0, words = verdict.dataset;
    var minimum = bound("minimum"), maximum = bound("maximum"), sex = form.dataset.sex;
    var field = form.elements.namedItem("age");
    if (minimum !== null || maximum !== null) {
      if (field.value === "") missing += 1;
      // A maximum of 80 years ends with the 81st birthday.
      else if ((minimum !== null && Number(field.value) < minimum) ||
               (maximum !== null && Number(field.value) >= (maximum < 2 ? maximum : maximum + 1)))
        against.push(words.age);
    }
    if (sex === "FEMALE" || sex === "MALE") {
      var chosen = form.querySelector("input[name=sex]:checked");
      if (!chosen) missing += 1;
      else if (chosen.value !== sex) against.push(words.sex);
    }
    form.querySelectorAll("li[data-kind]").forEach(function (item, place) {
      var answer = item.querySelector("input:checked");
      var bad = item.dataset.kind === "inclusion" ? "no" : "yes";
      item.classList.toggle("against", !!answer && answer.value === bad);
      item.classList.toggle("for", !!answer && answer.value !== bad);
      if (!answer) missing += 1;
      else if (answer.value === bad) against.push(String(place + 1));
    });
    verdict.className = "verdict scripted " + (against.length ? "not" : missing ? "open" : "eligible");
    verdict.textContent = against.length
      ? words.not + " \u2013 " + told(words.because, against.join(", "))
      : missing ? words.open + " \u2013 " + told(words.left, missing) : words.eligible;
  }
  // A full-width colon brings its own space.
  function told(name, value) { return name + (/:$/.test(name) ? " " : "") + value; }
  form.addEventListener("input", judge);
  form.addEventListener("reset", function () { setTimeout(judge); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  judge();
})();
