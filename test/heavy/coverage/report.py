"""Judges the coverage that gcov tells in JSON, a file a line; writes the lines not reached to argv[1].

Lines of argv[2] cannot be reached: each names a file, a line of it by its text, and why.
"""
import json
import re
import sys

MUST = re.compile(r"_(in|recv|serialfn|deserialfn|combinefn|serialize|deserialize|combine)$")

lines = {}  # (file, line) -> (times, function)
for text in sys.stdin:
    for file in json.loads(text)["files"]:
        if not file["file"].startswith("src/"):
            continue
        for line in file["lines"]:
            key = (file["file"], line["line_number"])
            times = lines.get(key, (0, ""))[0] + line["count"]
            lines[key] = (times, line.get("function_name", ""))

beyond = {tuple(text.rstrip("\n").split("\t")[:2]) for text in open(sys.argv[2])}
sources = {}


def text_of(file, number):
    if file not in sources:
        sources[file] = open(file).read().split("\n")
    return sources[file][number - 1].strip()


missed = sorted(key for key, (times, _) in lines.items() if times == 0)
with open(sys.argv[1], "w") as report:
    for file, number in missed:
        report.write(f"{file}:{number} {lines[file, number][1]}\n")

share = 100 * (1 - len(missed) / len(lines)) if lines else 0
print(f"{'ok' if share >= 90 else 'not ok'} - {share:.2f} % of {len(lines)} lines of src/ are tested")
must = {function for _, function in lines.values() if MUST.search(function)}
bad = sorted({lines[key][1] + f" (line {key[1]})" for key in missed
              if lines[key][1] in must and (key[0], text_of(*key)) not in beyond})
print(f"{'ok' if must and not bad else 'not ok'} - every line of {len(must)} functions that read or pass on states"
      + (": " + ", ".join(bad) if bad else ""))
sys.exit(0 if share >= 90 and must and not bad else 1)
