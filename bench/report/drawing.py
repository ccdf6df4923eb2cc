"""How pictures look: 850 points wide on a white card, so that they are legible
in a README, light or dark; the store in one strong colour, its peers in colours
that the colour-blind can tell apart, with marks of their own."""

import math

import matplotlib

matplotlib.use("svg")
# pylint: disable=wrong-import-position
import matplotlib.pyplot as plt
import matplotlib.ticker
import numpy as np

from peer_rows import PRODUCTS, product

NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
WIDTH_INCHES = 850 / 72
INK = "#24292f"
FAINT = "#8c959f"
STORE_COLOUR = "#0057b8"
OTHER_COLOUR = "#a9b4c0"
LIMIT_COLOUR = "#b3261e"
LIMIT_STYLE = {"color": LIMIT_COLOUR, "linewidth": 1.3,
               "linestyle": (0, (4, 2))}
# White below, for where a name is on a curve.
LIMIT_LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 0.2,
               "alpha": 0.75}
NAME_GAP = 12.5  # points between names in the margin
LEVEL_NAME = 14  # points, of the name of a horizontal limit and its gap
LETTER = 5.2  # points, of its width
LIMIT_ROW = 0.8  # the height of its name, where a bar's is 1
# By product: Okabe and Ito's colours, a mark, a dash.
LINES = {
    "store": (STORE_COLOUR, "o", "-"),
    "sqlite": ("#E69F00", "s", "-"),
    "lmdb": ("#009E73", "^", "-"),
    "rocksdb": ("#CC79A7", "D", "-"),
    "postgresql": ("#56B4E9", "v", "--"),
    "redis": ("#D55E00", "P", "--"),
    "tarantool": ("#6b4c9a", "X", "--"),
    "map": ("#57606a", "*", ":"),
}

plt.rcParams.update({
    "svg.fonttype": "path",  # looks the same wherever it is shown
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e3e7eb",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
})


def name_of(peer):
    """The product and, where there are several, its kind."""
    return PRODUCTS.get(product(peer), peer)


def figure(rows, columns, height, **options):
    """Figure and a flat list of its axes."""
    fig, axes = plt.subplots(rows, columns, squeeze=False,
                             figsize=(WIDTH_INCHES, height / 72),
                             layout="constrained", **options)
    fig.get_layout_engine().set(w_pad=8 / 72, h_pad=6 / 72)
    return fig, list(axes.flat)


def save(fig, path):
    """The same figures give the same bytes."""
    matplotlib.rcParams["svg.hashsalt"] = path.name
    fig.savefig(path, format="svg", metadata=NO_METADATA, pad_inches=0.1)
    plt.close(fig)
    return path


def short(value, _=None):
    """1200000 is 1.2M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def short_time(seconds, _=None):
    if seconds <= 0:
        return "0"
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.9995:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def log_axis(axis, form):
    """Tells powers of ten, or more where there are few of them."""
    low, high = axis.get_view_interval()
    subs = (1, 2, 5) if high < 50 * low else (1,)
    axis.set_major_locator(matplotlib.ticker.LogLocator(10, subs, numticks=8))
    axis.set_major_formatter(matplotlib.ticker.FuncFormatter(form))
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def bars(axes, title, figures, form, axis_label, limits=(), logarithmic=True,
         less_is_better=False):
    """Bars of (peer, figure), the best above, each with its figure; `limits`,
    (figure, name) each, as lines."""
    figures = sorted(figures, key=lambda item: item[1],
                     reverse=not less_is_better)
    values = [value for _, value in figures]
    bounds = [limit for limit, _ in limits]
    shown = values + bounds
    axes.set_title(title)
    axes.grid(axis="y", visible=False)
    if logarithmic:
        axes.set_xscale("log")
        low = 10 ** math.floor(math.log10(min(shown)))
        if min(shown) / low < 1.6:
            low /= 10
        axes.set_xlim(low, max((max(values) / low) ** 1.28 * low,
                               *(bound * 1.4 for bound in bounds), low))
        log_axis(axes.xaxis, form)
    else:
        axes.set_xlim(0, max(shown) * 1.25)
        axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5))
        axes.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(form))
    for place, (peer, value) in enumerate(figures):
        ours = product(peer) == "store"
        axes.barh(place, value, height=0.68,
                  color=STORE_COLOUR if ours else OTHER_COLOUR)
        axes.annotate(form(value), (value, place), (4, 0),
                      textcoords="offset points", va="center", fontsize=10,
                      fontweight="bold" if ours else "normal",
                      bbox={"facecolor": "white", "edgecolor": "none",
                            "pad": 0.6})
    axes.set_yticks(range(len(figures)), [name_of(peer) for peer, _ in figures])
    for label, (peer, _) in zip(axes.get_yticklabels(), figures):
        if product(peer) == "store":
            label.set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(figures) - 0.4, -0.6 - LIMIT_ROW * len(limits))
    axes.set_xlabel(axis_label)
    limit_lines(axes, limits)


def limit_lines(axes, limits):
    """Vertical, each as high as its name, above the bars, on the side where
    there is more room."""
    low, high = axes.get_xlim()
    middle = (math.sqrt(low * high) if axes.get_xscale() == "log"
              else (low + high) / 2)
    # From the lowest: no name is on the line of another.
    rightmost_first = sorted(limits, reverse=True)
    ordered = ([limit for limit in rightmost_first if limit[0] <= middle]
               + [limit for limit in reversed(rightmost_first)
                  if limit[0] > middle])
    bottom = axes.get_ylim()[0]
    for row, (value, text) in enumerate(ordered):
        top = -0.6 - LIMIT_ROW * (row + 1)
        axes.plot((value, value), (bottom, top), zorder=2, **LIMIT_STYLE)
        left = value > middle
        axes.annotate(text, (value, top + LIMIT_ROW / 2),
                      (-4 if left else 4, 0), textcoords="offset points",
                      fontsize=9, color=LIMIT_COLOUR, va="center",
                      ha="right" if left else "left")


def level(axes, value, text="", below=None):
    """A limit as a horizontal line, after all else is drawn, with its name at
    the right, above or below; if not told, where no curve is."""
    low, high = axes.get_ylim()
    if axes.get_yscale() == "log":  # room for both
        axes.set_ylim(min(low, value / 1.6), max(high, value * 2.5))
    if below is None:
        below = (is_curve_at(axes, value, text, 1)
                 and not is_curve_at(axes, value, text, -1))
    axes.axhline(value, zorder=2, **LIMIT_STYLE)
    if text:
        axes.annotate(text, (0.98, value), (0, -3 if below else 3),
                      xycoords=("axes fraction", "data"),
                      textcoords="offset points", fontsize=9, ha="right",
                      va="top" if below else "bottom", color=LIMIT_COLOUR,
                      zorder=6, bbox=LIMIT_LABEL)


def is_curve_at(axes, value, text, side):
    """Whether a curve, or the end of the axes, is where the name of a limit
    would be, above (1) or below it (-1)."""
    point = 72 / axes.figure.dpi
    width, height = axes.bbox.width * point, axes.bbox.height * point
    to_axes = axes.transData - axes.transAxes
    at = to_axes.transform((axes.get_xlim()[0], value))[1]
    near, far = sorted((at, at + side * LEVEL_NAME / height))
    if near < 0 or far > 1:
        return True
    xs = np.linspace(0.98 - LETTER * len(text) / width, 0.98, 50)
    for drawn in axes.get_lines():
        line_xs, line_ys = to_axes.transform(drawn.get_xydata()).T
        ys = np.interp(xs, line_xs, line_ys, left=-1, right=-1)
        if np.any((near < ys) & (ys < far)):
            return True
    return False


def note(axes, text):
    """Where a curve that is high leaves room, of what it must not be read
    without."""
    axes.annotate(text, (0.98, 0.22), xycoords="axes fraction", fontsize=9.5,
                  fontweight="bold", ha="right", va="bottom", color=INK,
                  zorder=6, bbox=LIMIT_LABEL)


def line(axes, peer, xs, ys, **options):
    colour, mark, dash = LINES.get(product(peer), (FAINT, ".", "-"))
    ours = product(peer) == "store"
    settings = {"color": colour, "marker": mark, "linestyle": dash,
                "linewidth": 2.6 if ours else 1.5,
                "markersize": 5 if ours else 4.5, "zorder": 5 if ours else 3}
    axes.plot(xs, ys, **{**settings, **options})


def apart(heights, gap):
    """The heights, which rise, moved so far that they are a gap apart."""
    heights = list(heights)
    for _ in range(200):
        moved = False
        for i in range(len(heights) - 1):
            overlap = gap - (heights[i + 1] - heights[i])
            if overlap > 0.1:
                heights[i] -= overlap / 2
                heights[i + 1] += overlap / 2
                moved = True
        if not moved:
            break
    return heights


def limit_curve(axes, xs, ys):
    axes.plot(xs, ys, zorder=2, **LIMIT_STYLE)


def end_of(peer, x, y):
    """The name of a peer at the end of its line, for name_at."""
    return (x, y, name_of(peer), {
        "fontsize": 10, "color": LINES.get(product(peer), (INK,))[0],
        "fontweight": "bold" if product(peer) == "store" else "normal"})


def end_of_limit(text, x, y):
    return (x, y, text, {"fontsize": 9, "color": LIMIT_COLOUR})


def name_at(axes, names, xycoords="data"):
    """Writes to the right of points, (x, y, text, options) each, no text on
    another."""
    fig = axes.figure
    fig.canvas.draw()  # so that the axes are where they will be
    point = 72 / fig.dpi
    placed = sorted(((axes.transData.transform((1, y))[1] * point, x, y, text,
                      options) for x, y, text, options in names),
                    key=lambda name: name[0])
    heights = apart([name[0] for name in placed], NAME_GAP)
    for height, (at, x, y, text, options) in zip(heights, placed):
        axes.annotate(text, (x, y), (8, height - at), xycoords=xycoords,
                      textcoords="offset points", va="center", zorder=6,
                      annotation_clip=False, bbox=LIMIT_LABEL, **options)


def legend(fig, peers):
    """One for all axes, above them."""
    handles = []
    for peer in peers:
        colour, mark, dash = LINES.get(product(peer), (FAINT, ".", "-"))
        handles.append(plt.Line2D([], [], color=colour, marker=mark,
                                  linestyle=dash, label=name_of(peer),
                                  linewidth=2.6 if product(peer) == "store"
                                  else 1.5))
    height = 24 / 72 / fig.get_figheight()
    fig.get_layout_engine().set(rect=(0, 0, 1, 1 - height))
    fig.legend(handles=handles, loc="upper center",
               ncols=min(len(handles), 8), frameon=False, fontsize=10,
               columnspacing=1.2, handletextpad=0.4)
