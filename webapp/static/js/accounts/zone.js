// The time zone: guessed from the browser on a new form, and offered as a list everywhere.

const field = document.querySelector("[data-time-zone]");
if (field) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field.dataset.timeZone === "guess" && here) field.value = here;
  const list = document.createElement("datalist");
  list.id = "zones";
  for (const zone of Intl.supportedValuesOf?.("timeZone") ?? []) {
    list.append(new Option(zone, zone));
  }
  field.after(list);
}
