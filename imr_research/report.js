// The report's own script: it opens the issue that the address names, and makes the table searchable.
const find = (id) => document.getElementById(id);
const opened = find("opened");
const pages = new Map([...document.querySelectorAll("noscript[data-issue]")].map((page) => [page.dataset.issue, page]));
let order = [...pages.keys()]; // of the issues, as the table shows them

function linkNeighbours(name) {
  const at = order.indexOf(name);
  for (const [kind, neighbour] of [["previous", order[at - 1]], ["next", order[at + 1]]]) {
    const link = opened.querySelector(`a.${kind}`);
    if (!link) continue;
    link.hidden = at < 0 || !neighbour;
    link.href = `#${neighbour}`;
  }
}

function openIssue() {
  const name = location.hash.slice(1);
  const page = pages.get(name);
  if (!page) return;
  opened.innerHTML = page.textContent; // HTML that was escaped when the report was written
  linkNeighbours(name);
  find(name).focus({ preventScroll: true });
  opened.firstElementChild.scrollIntoView();
}

async function loadTables() {
  const bytes = Uint8Array.from(atob(find("bundle").textContent), (sign) => sign.charCodeAt(0));
  return import(URL.createObjectURL(new Blob([bytes], { type: "text/javascript" })));
}

function startTable({ default: DataTable, set_or_remove_dark_class: followTheme }) {
  followTheme();
  const filters = [...document.querySelectorAll("#filters select")];
  const language = { search: "Search", searchPlaceholder: "", emptyTable: "There are no issues.", zeroRecords: "No issue fits the search and the filters.",
                     info: "_START_ to _END_ of _TOTAL_ issues", infoEmpty: "no issues", infoFiltered: "(out of _MAX_)", lengthMenu: "_MENU_ a page" };
  const layout = { topStart: "search", topEnd: null, bottomStart: "info", bottomEnd: ["pageLength", "paging"] };
  const lengthMenu = [25, 100, { label: "all", value: -1 }];
  const columnDefs = [{ targets: 0, searchable: true }, { targets: "_all", searchable: false, type: "html" }]; // the first has all words
  const table = new DataTable("#list", { columnDefs, autoWidth: false, orderClasses: false, order: [], pageLength: 25, lengthMenu, language, layout });
  const rows = table.rows().nodes().toArray();
  table.search.fixed("filters", (words, data, row) =>
    filters.every((filter) => !filter.value || rows[row].getAttribute(`data-${filter.name}`).split("|").includes(filter.value)));
  table.on("draw", () => {
    order = table.rows({ search: "applied", order: "applied" }).nodes().toArray().map((row) => row.dataset.issue);
    linkNeighbours(location.hash.slice(1));
  });
  filters.forEach((filter) => filter.addEventListener("change", () => table.draw()));
  find("filters").addEventListener("reset", () => setTimeout(() => table.search("").draw()));
}

addEventListener("hashchange", openIssue);
openIssue();
try {
  startTable(await loadTables());
} catch (error) {
  console.error(error);
}
find("list").classList.add("ready"); // also where the search did not start: the list itself is there
