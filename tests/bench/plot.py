# SPDX-License-Identifier: LGPL-2.1-or-later
"""A table as a picture: for each measure bars beside each other, lengths by logarithm, as what is compared differs a
hundredfold."""

import html
import math

WIDTH, LEFT, BAR, GAP, TOP = 760, 210, 18, 26, 44
COLOURS = ("#7f7f7f", "#4f81bd", "#c0504d", "#2e9e5b", "#8064a2", "#f79646")


def bars(title, measures, rows):
    """measures: [(label, key)]; rows: {name: {key: number}}.  An SVG."""
    parts, y = [], TOP
    names = list(rows)
    for label, key in measures:
        values = [row[key] for row in rows.values() if row.get(key)]
        if not values:
            continue
        least, most = math.log10(min(values)) - 0.3, math.log10(max(values))
        parts.append(f'<text x="10" y="{y + 13}" font-weight="bold">{html.escape(label)}</text>')
        for i, name in enumerate(names):
            value = rows[name].get(key)
            if not value:
                continue
            length = (WIDTH - LEFT - 90) * (math.log10(value) - least) / max(most - least, 0.1)
            parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{html.escape(name)}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(length, 2):.1f}" height="{BAR - 4}" fill="{COLOURS[i % len(COLOURS)]}"/>')
            parts.append(f'<text x="{LEFT + max(length, 2) + 6:.1f}" y="{y + 13}">{value:g}</text>')
            y += BAR
        y += GAP - BAR + 6
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 20}" font-family="sans-serif" font-size="13">'
            f'<rect width="100%" height="100%" fill="white"/><text x="10" y="24" font-size="17">{html.escape(title)}</text>'
            + "".join(parts) + f'<text x="10" y="{y + 10}" fill="#666">lengths by logarithm</text></svg>\n')
