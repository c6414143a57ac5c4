"""Every fault of a kind that a person makes in a rule: a comparison that leans to the other
side, a number that is a little off, a label too few, a window or a wait too long.

A mutant is a copy of one rule with one fault, and a word on what it is.
"""
import copy
import re

from promtool import seconds

COMPARISONS = {
    "==": ["!="],
    "!=": ["=="],
    ">=": [">", "<"],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    "<": ["<=", ">="],
}
MATCHERS = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
WORDS = {"and": "unless", "unless": "and", "sum": "max", "count": "max", "max": "min",
         "max_over_time": "min_over_time", "abs": "floor"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*"}

# What an expression is made of, the longest first.
PARTS = re.compile(
    r"""(?P<selector>\{[^}]*\})
      | (?P<window>\[[^\]]*\])
      | (?P<labels>\b(?:by|without|on|ignoring)\s*\([^)]*\))
      | (?P<bool>\bbool\b\s*)
      | (?P<name>[a-zA-Z_:][\w:]*)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<comparison>==|!=|>=|<=|>|<)
      | (?P<arithmetic>[-+*/])""",
    re.VERBOSE,
)


def _selector(text):
    matchers = re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', text)
    shown = ['%s%s"%s"' % matcher for matcher in matchers]
    for i, (label, operator, value) in enumerate(matchers):
        others = [shown[:i], shown[i + 1 :]]
        yield "{" + ", ".join(others[0] + others[1]) + "}"
        changed = [(MATCHERS[operator], value)]
        if "|" in value:
            choices = value.split("|")
            changed += [(operator, "|".join(choices[:j] + choices[j + 1 :])) for j in range(len(choices))]
        for other, text_of_it in changed:
            yield "{" + ", ".join(others[0] + [f'{label}{other}"{text_of_it}"'] + others[1]) + "}"


def _labels(text):
    word, inner = re.fullmatch(r"(\w+)\s*\(([^)]*)\)", text).groups()
    labels = [label.strip() for label in inner.split(",") if label.strip()]
    for i in range(len(labels)):
        yield f"{word} ({', '.join(labels[:i] + labels[i + 1:])})"


def _number(text):
    if "." in text:  # a twentieth of a share, as a robot more or less shows it
        return [f"{float(text) * factor:g}" for factor in (0.95, 1.05)]
    return [str(int(text) - 1), str(int(text) + 1)]


def _window(text):
    long = seconds(text[1:-1])
    return [f"[{long - 60}s]", f"[{long + 60}s]"]


def _faults(kind, text):
    if kind == "selector":
        return list(_selector(text))
    if kind == "window":
        return _window(text)
    if kind == "labels":
        return list(_labels(text))
    if kind == "bool":
        return [""]
    if kind == "name":
        return [WORDS[text]] if text in WORDS else []
    if kind == "number":
        return _number(text)
    if kind == "comparison":
        return COMPARISONS[text]
    return [ARITHMETIC[text]]


def _waits(text):
    """One evaluation more or less; a minute where a wait of hours is tested by the minute."""
    step = 15 if seconds(text) < 7200 else 60
    return [f"{seconds(text) - step}s", f"{seconds(text) + step}s", None]


def mutants(rule):
    """Every copy of `rule` with one fault, each with its description."""
    name = rule.get("alert") or rule["record"]
    expression = rule["expr"].replace("vector(1)", "vector()")  # that it is there is its value
    for found in PARTS.finditer(expression):
        for fault in _faults(found.lastgroup, found.group()):
            mutant = copy.deepcopy(rule)
            mutant["expr"] = expression[: found.start()] + fault + expression[found.end() :]
            where = expression[: found.start()].count("\n") + 1
            yield mutant, f"{name}: {found.group().strip()} -> {fault or 'nothing'} (line {where} of expr)"
    for key in ("for", "keep_firing_for"):
        for fault in _waits(rule[key]) if key in rule else []:
            mutant = copy.deepcopy(rule)
            mutant[key] = fault
            if fault is None:
                del mutant[key]
            yield mutant, f"{name}: {key} {rule[key]} -> {fault}"
    for label, value in rule.get("labels", {}).items():
        mutant = copy.deepcopy(rule)
        mutant["labels"][label] = "else"
        yield mutant, f"{name}: label {label} {value} -> else"
        mutant = copy.deepcopy(rule)
        del mutant["labels"][label]
        yield mutant, f"{name}: label {label} -> none"
