"""What is printed: a table of readers for each corpus, then the bars."""
import statistics


def spread(values, form="{:.2f}"):
    middle, least, most = (form.format(value) for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} [{least}-{most}]"


def print_table(head, rows):
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]

    def line(row):
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
    print(line(head))
    print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for row in rows:
        print(line(row))


def print_readers(name, corpus, usage_rows, rounds, base):
    files = corpus.files()
    print(f"\n{name}: {corpus.records()} records, {len(files)} files, {corpus.packed() / 1e6:.0f} MB gzip, {usage_rows} usage rows\n")
    rows = []
    for reader in rounds.samples:
        rows.append([
            f"{reader[0]}, {reader[1]} thread{'s' * (reader[1] > 1)}",
            f"{rounds.median(reader, 'wall'):.3f}", f"{rounds.median(reader, 'cpu'):.3f}", f"{max(rounds.values(reader, 'peak')):.0f}",
            spread(rounds.ratios(reader, base, "wall")), spread(rounds.ratios(reader, base, "cpu"))])
    print_table(["reader", "wall s", "CPU s", "peak MB", f"wall / {base[0]}, {base[1]}", f"CPU / {base[0]}, {base[1]}"], rows)


class Bars:
    """What must hold, beside what was measured."""

    def __init__(self):
        self.rows = []

    def add(self, what, bar, measured, met):
        self.rows.append([what, bar, measured, met])

    def most(self, what, bar, values):
        self.add(what, f"at most {bar:g}x", spread(values), verdict(statistics.median(values) <= bar))

    def least(self, what, bar, values):
        self.add(what, f"at least {bar:g}x", spread(values), verdict(statistics.median(values) >= bar))

    def peak(self, what, bar, values):
        self.add(what, f"under {bar} MB", spread(values, "{:.0f}"), verdict(max(values) < bar))

    def milliseconds(self, what, bar, values):
        values = [value * 1000 for value in values]
        self.add(what, f"under {bar} ms", spread(values, "{:.0f}"), verdict(statistics.median(values) < bar))

    def shown(self, what, values):
        self.add(what, "-", spread(values), "-")

    def print(self):
        print_table(["what", "bar", "measured", "met"], self.rows)


def verdict(met):
    return "met" if met else "NOT MET"
