"""Draws samples per second over batch sizes, one panel for each preset, as SVG."""
import math
import re

CASE = re.compile(r"(?:train_step|batch_size)/(?P<preset>\w+)/sgd/batch:(?P<batch>\d+)(?:/threads:1)?")
COLORS = {"treadle": "#d1495b", "onednn": "#00798c", "libtorch": "#edae49"}
OTHER_COLORS = ["#66a182", "#8d6a9f", "#2e4057"]
NAMES = {"treadle": "Treadle", "onednn": "oneDNN by hand"}
PANEL_WIDTH, PANEL_HEIGHT, LEFT, TOP, GAP, BOTTOM = 330, 260, 70, 90, 80, 55


def curves(cases):
    """{preset: {library: [(batch, rate)]}} of one thread and SGD."""
    found = {}
    for case, libraries in cases.items():
        match = CASE.fullmatch(case)
        if match is None:
            continue
        for library, rate in libraries.items():
            found.setdefault(match["preset"], {}).setdefault(library, []).append((int(match["batch"]), rate))
    return found


def text(x, y, content, anchor="middle", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {extra}>{content}</text>'


def short(value):
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def panel(preset, libraries, left, colors):
    """Both axes are logarithmic, so that equal ratios are equal distances at every batch size."""
    batches = sorted({batch for points in libraries.values() for batch, _ in points})
    rates = [rate for points in libraries.values() for _, rate in points]
    low, high = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))
    high = max(high, low + 1)
    span = max(math.log2(batches[-1] / batches[0]), 1)

    def x(batch):
        return left + PANEL_WIDTH * math.log2(batch / batches[0]) / span

    def y(rate):
        return TOP + PANEL_HEIGHT * (high - math.log10(rate)) / (high - low)

    right, bottom = left + PANEL_WIDTH, TOP + PANEL_HEIGHT
    parts = [text((left + right) / 2, TOP - 12, preset, extra='font-weight="bold"')]
    for exponent in range(low, high + 1):
        for factor in (1, 2, 5):
            rate = factor * 10.0**exponent
            if rate > 10.0**high:
                break
            shade = "#c8c8c8" if factor == 1 else "#ececec"
            parts.append(f'<path d="M{left} {y(rate):.1f}H{right}" stroke="{shade}"/>')
            parts.append(text(left - 6, y(rate) + 4, short(rate), "end"))
    for batch in batches:
        parts.append(f'<path d="M{x(batch):.1f} {bottom}v5" stroke="#404040"/>')
        parts.append(text(x(batch), bottom + 19, batch))
    parts.append(f'<path d="M{left} {TOP}V{bottom}H{right}" fill="none" stroke="#404040"/>')
    parts.append(text((left + right) / 2, bottom + 42, "batch size"))
    for library, points in libraries.items():
        line = " ".join(f"{x(batch):.1f},{y(rate):.1f}" for batch, rate in sorted(points))
        width = 3 if library == "treadle" else 2
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colors[library]}" stroke-width="{width}"/>')
        parts += [f'<circle cx="{x(batch):.1f}" cy="{y(rate):.1f}" r="{width + 0.5}" fill="{colors[library]}"/>'
                  for batch, rate in points]
    return parts


def svg(cases):
    """The picture; `cases` is {case: {library: samples per second}}."""
    presets = curves(cases)
    libraries = list(dict.fromkeys(library for found in presets.values() for library in found))
    others = iter(OTHER_COLORS * len(libraries))
    colors = {library: COLORS.get(library) or next(others) for library in libraries}
    width = LEFT + max(len(presets), 1) * (PANEL_WIDTH + GAP) - GAP + 30
    height = TOP + PANEL_HEIGHT + BOTTOM
    parts = [text(LEFT, 24, "Training: samples per second, one thread, SGD with momentum", "start",
                  'font-weight="bold" font-size="15"')]
    at = LEFT
    for library in libraries:
        label = NAMES.get(library, library)
        parts.append(f'<path d="M{at} 44h22" stroke="{colors[library]}" stroke-width="3"/>')
        parts.append(text(at + 28, 48, label, "start"))
        at += 56 + 7 * len(label)
    for index, (preset, found) in enumerate(presets.items()):
        parts += panel(preset, found, LEFT + index * (PANEL_WIDTH + GAP), colors)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="12" fill="#202020">')
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#ffffff"/>', *parts, "</svg>", ""])
