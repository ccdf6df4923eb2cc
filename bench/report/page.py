"""A page of sections, tables and pictures, as Markdown and as one HTML file."""

import html
import re

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff;
       max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.35rem; margin-top: 2.5rem; }
h1, h2, h3 { line-height: 1.25; break-after: avoid; }
code { font-size: 0.9em; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: 0.85rem;
        font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #d8dee4;
         text-align: right; vertical-align: top; }
th { border-bottom: 2px solid #8c959f; }
th:first-child, td:first-child { text-align: left; }
tr { break-inside: avoid; }
figure { margin: 1.5rem 0; break-inside: avoid; }
figure svg { width: 100%; height: auto; display: block; }
figcaption { font-size: 0.85rem; color: #57606a; }
.miss { color: #a40e26; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .table { overflow: visible; } table { font-size: 7.5pt; }
}
"""


class Table:
    """Cells of text in which **bold** and `code` are marked as in Markdown."""

    def __init__(self, head):
        self.head = head
        self.rows = []
        self.label = ""  # of the last row

    def add(self, cells):
        assert len(cells) == len(self.head), cells
        self.rows.append(cells)

    def add_row(self, label, cells):
        """With `...` for the first words of the label, up to a comma, if the
        row above has them too."""
        head, comma, rest = label.partition(", ")
        is_next = comma and self.label.split(", ")[0] == head
        self.label = label
        self.add([f"... {rest}" if is_next else label] + cells)

    def filled_columns(self):
        """Numbers of those with more than `-` and blanks below the head."""
        return [i for i in range(len(self.head))
                if any(row[i] not in ("", "-") for row in self.rows)]

    def keep_columns(self, kept):
        self.head = [self.head[i] for i in kept]
        self.rows = [[row[i] for i in kept] for row in self.rows]
        return self

    def markdown(self):
        lines = [self.head, ["---"] + ["---:"] * (len(self.head) - 1)]
        return "\n".join("| " + " | ".join(cells) + " |"
                         for cells in lines + self.rows)

    def html(self):
        def row(cells, tag):
            return "<tr>" + "".join(f"<{tag}>{inline_html(cell)}</{tag}>"
                                    for cell in cells) + "</tr>"

        return ('<div class="table"><table><thead>' + row(self.head, "th") +
                "</thead><tbody>\n" +
                "\n".join(row(cells, "td") for cells in self.rows) +
                "</tbody></table></div>")


class List:

    def __init__(self, items):
        self.items = items

    def markdown(self):
        return "\n".join("- " + item for item in self.items)

    def html(self):
        return "<ul>" + "".join(f"<li>{inline_html(item)}</li>\n"
                                for item in self.items) + "</ul>"


class Text:

    def __init__(self, text):
        self.text = text

    def markdown(self):
        return self.text

    def html(self):
        return f"<p>{inline_html(self.text)}</p>"


class Heading:

    def __init__(self, level, text):
        self.level = level
        self.text = text

    def markdown(self):
        return "#" * self.level + " " + self.text

    def html(self):
        return f"<h{self.level}>{inline_html(self.text)}</h{self.level}>"


class Picture:
    """An SVG file beside the page; part of the HTML."""

    def __init__(self, path, caption):
        self.path = path
        self.caption = caption

    def markdown(self):
        return f"![{self.caption}]({self.path.name})\n\n{self.caption}."

    def html(self):
        svg = self.path.read_text(encoding="utf-8")
        svg = svg[svg.index("<svg"):]  # without what precedes a file of its own
        return (f"<figure>{svg}<figcaption>{inline_html(self.caption)}."
                "</figcaption></figure>")


class Page:

    def __init__(self, title):
        self.title = title
        self.blocks = [Heading(1, title)]

    def section(self, text):
        self.blocks.append(Heading(2, text))

    def subsection(self, text):
        self.blocks.append(Heading(3, text))

    def text(self, text):
        if text:
            self.blocks.append(Text(text))

    def table(self, table):
        if table.rows:
            self.blocks.append(table)

    def list(self, items):
        self.blocks.append(List(items))

    def picture(self, path, caption):
        self.blocks.append(Picture(path, caption))

    def markdown(self):
        return "\n\n".join(block.markdown() for block in self.blocks) + "\n"

    def html(self):
        body = "\n".join(block.html() for block in self.blocks)
        return ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                "content=\"width=device-width, initial-scale=1\">\n"
                f"<title>{html.escape(self.title)}</title>\n"
                f"<style>{STYLE}</style>\n</head>\n<body>\n{body}\n"
                "</body>\n</html>\n")


def inline_html(text):
    text = html.escape(text, quote=False)
    text = text.replace("**miss**", '<strong class="miss">miss</strong>')
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", text)
