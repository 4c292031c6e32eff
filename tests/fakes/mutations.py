"""Timelines of four formats, and small changes to them that mostly leave them well-formed: for the structured fuzzer.

A mutation knows the format: it takes an element or an object away, doubles or moves it, or puts an odd value where a
value stands. So most results still parse, and what is wrong lies deep.
"""

from __future__ import annotations

import copy
import json
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

from fakes.edl import Counting, Shot, write_edl
from fakes.timelines import audio, clip, compound, dissolve, gap, generator, marked, retimed, timeline, video

ODD_VALUES: tuple[Any, ...] = (
    0, 1, -1, 2, 24.0, 0.5, 1e-308, 1e18, 1e308, -1e308, float("nan"), float("inf"), True, None, "", "x", "drop",
    "\x1b[2J", "\u202e", "a\nb", "é" * 300, [], {}, [1], {"OTIO_SCHEMA": "Poem.1"}, "DEFAULT_MEDIA", "file:///%00%zz",
)  # fmt: skip
ODD_TEXTS = (
    "", "0", "-1", "1/0s", "0/0s", "-5/24s", "1001/24000s", "9999999999999999999999s", "1e400", "nan", "25.0", "x",
    "r1", "r404", "TRUE", "false", "NTSC", "30", "23.976", "01:00:00;00", "99:99:99:99", "\u202e", "c1", "é" * 300,
)  # fmt: skip
ODD_WORDS = (
    "", "BL", "AX", "V", "A", "AA/V", "NONE", "C", "D", "W001", "K", "KB", "000", "024", "99999", "00:00:00:00",
    "99:99:99:99", "01:00:00;00", "24:00:00:00", "M2", "-024.0", "*", "FROM CLIP NAME:", "LOC:", "|C:x |M:hit |D:1",
)  # fmt: skip

Mutator = Callable[[random.Random, str], str]


def otio_seeds() -> list[str]:
    """Timelines with all that reading looks at: nesting, speeds, transitions, markers, sound."""
    rich = timeline(
        video(
            marked(clip("a", 10, 48), 20, "hit"),
            dissolve(6, 6),
            retimed(clip("b", 0, 48), 2.0),
            compound(
                video(clip("c", 0, 30), clip("d", 0, 30)), audio(clip("vo", 0, 60), name="DX"), start=6, length=48
            ),
            retimed(compound(video(clip("e", 0, 96)), start=0, length=48), -0.5),
            gap(12),
            generator("Black Video", 12),
            retimed(clip("f", 5, 24), 0.0),
        ),
        video(gap(24), clip("title", 0, 24, url="/m/title.png"), name="Titles"),
        audio(dissolve(6, 6), clip("vo", 0, 96), gap(12), clip("mx", 0, 96), name="VO"),
        start=86_400,
    )
    stamped = timeline(video(clip("a", 0, 240), clip("b", 0, 24, rate=25.0)), audio(clip("x", 0, 48_000, rate=48_000)))
    stamped.metadata["PremierePro_OTIO"] = {"Stack": {"VideoFrameRate": 24.0}}
    return [rich.to_json_string(), stamped.to_json_string()]


def edl_seeds() -> list[str]:
    shots = [Shot(f"R{index}", index * 1000, 30 + 7 * index, 4 * (index % 3)) for index in range(8)]
    notes = "M2   R3       048.0                00:00:40:00\n* LOC: 01:00:01:00 RED     HIT\n* COMMENT: rain\n"
    sound = "009  VO       A2    C        00:00:01:00 00:00:03:00 01:00:01:00 01:00:03:00\n"
    return [write_edl(shots, Counting(24), 86_400) + notes + sound, write_edl(shots, Counting(30, drop=True), 107_892)]


def fcpxml_seeds() -> list[str]:
    inside = "".join(
        f'<asset-clip ref="r{2 + index % 2}" name="{index}" '
        f'offset="{86400 + 2 * index}s" start="{index}s" duration="2s">'
        f'<marker start="{index}s" duration="1/24s" value="hit"/></asset-clip>'
        for index in range(4)
    )
    return [
        '<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.10"><resources>'
        '<format id="r1" frameDuration="1/24s" width="1920" height="1080"/>'
        '<asset id="r2" src="file:///m/a.mov" start="0s" duration="100s" hasVideo="1" hasAudio="1" format="r1">'
        '<media-rep kind="original-media" src="file:///m/a.mov"/></asset>'
        '<asset id="r3" src="file:///m/b.mov" start="0s" duration="100s" hasVideo="1" format="r1"/>'
        '<media id="r4" name="nest"><sequence format="r1" duration="4s"><spine>'
        '<asset-clip ref="r2" offset="0s" duration="2s"/><asset-clip ref="r3" offset="2s" duration="2s"/>'
        '</spine></sequence></media></resources><library><event name="e"><project name="p">'
        '<sequence format="r1" tcStart="86400s" tcFormat="NDF" duration="18s"><spine>' + inside +
        '<transition offset="86407s" duration="1s" name="Cross Dissolve"/>'
        '<ref-clip ref="r4" offset="86408s" start="1s" duration="3s" name="nest"/>'
        '<asset-clip ref="r2" offset="86411s" duration="2s"><timeMap><timept time="0s" value="0s" interp="linear"/>'
        '<timept time="2s" value="4s" interp="linear"/></timeMap>'
        '<asset-clip ref="r3" lane="1" offset="1s" duration="1s"/></asset-clip>'
        '<gap offset="86413s" duration="1s"/><audition><asset-clip ref="r3" offset="86414s" duration="2s"/>'
        '<asset-clip ref="r2" offset="86414s" duration="2s"/></audition>'
        '<sync-clip offset="86416s" duration="2s"><spine><asset-clip ref="r2" offset="0s" duration="2s"/></spine>'
        "</sync-clip>"
        "</spine></sequence></project></event></library></fcpxml>"
    ]  # fmt: skip


def fcp7_seeds() -> list[str]:
    rate = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"

    def item(name: str, start: int, end: int, more: str = "") -> str:
        return (
            f'<clipitem id="c-{name}"><name>{name}</name><enabled>TRUE</enabled>{rate}<duration>500</duration>'
            f"<start>{start}</start><end>{end}</end><in>10</in><out>{10 + end - start}</out>"
            f'<file id="f-{name}"><name>{name}.mov</name><pathurl>file:///m/{name}.mov</pathurl>{rate}'
            f"<duration>500</duration></file>{more}</clipitem>"
        )

    nested = (
        f'<sequence id="n1"><name>nest</name><duration>40</duration>{rate}<media><video><track>'
        f"{item('n', 0, 20)}{item('m', 20, 40)}</track></video></media></sequence>"
    )
    speed = (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid><parameter><parameterid>speed"
        "</parameterid><value>200</value></parameter></effect></filter>"
    )
    return [
        f'<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4"><sequence id="s1"><name>film</name>'
        f"<duration>200</duration>{rate}<timecode>{rate}<frame>90000</frame><displayformat>NDF</displayformat>"
        f"</timecode><media><video><track>{item('a', 0, 50)}"
        "<transitionitem><start>45</start><end>55</end><alignment>center</alignment>"
        "<effect><name>Cross Dissolve</name><effecttype>transition</effecttype></effect></transitionitem>"
        f"{item('b', 50, 90, speed)}<clipitem id='c-n'><name>nest</name>{rate}<start>90</start><end>130</end>"
        f"<in>0</in><out>40</out>{nested}</clipitem>"
        f"<generatoritem id='g'><name>Slug</name>{rate}<start>130</start><end>150</end><in>0</in><out>20</out>"
        f"<effect><name>Slug</name><effectid>Slug</effectid></effect></generatoritem></track></video>"
        f"<audio><track>{item('x', 0, 100)}</track></audio></media>"
        "<marker><name>hit</name><in>60</in><out>-1</out></marker></sequence></xmeml>"
    ]


def mutate_json(dice: random.Random, text: str) -> str:
    """A change to one object or list of a JSON text."""
    root = json.loads(text)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in children:
            places.append((value, key))
            walk(inner)

    walk(root)
    listed = [place for place in places if isinstance(place[0], list)]
    what = dice.randrange(8)
    if what == 0:  # whatever: most of these no longer parse
        holder, key = dice.choice(places)
        holder[key] = copy.deepcopy(dice.choice(ODD_VALUES))
    elif what == 1:
        holder, key = dice.choice(places)
        del holder[key]
    elif what in (2, 3) and listed:
        holder, key = dice.choice(listed)
        other, name = dice.choice(listed)
        holder.insert(dice.randrange(len(holder) + 1), copy.deepcopy(other[name]))
    elif what == 4 and listed:
        holder, key = dice.choice(listed)
        del holder[key]
    else:
        holder, key = dice.choice([place for place in places if not isinstance(place[0][place[1]], dict | list)])
        kind = type(holder[key])
        alike = [value for value in ODD_VALUES if isinstance(value, kind if kind is not int else int | float)]
        if key != "OTIO_SCHEMA":
            holder[key] = copy.deepcopy(dice.choice(alike or ODD_VALUES))
    return json.dumps(root)


def mutate_xml(dice: random.Random, text: str) -> str:
    """A change to one element of an XML text."""
    root = ElementTree.fromstring(text)
    parents = [(parent, child) for parent in root.iter() for child in parent]
    if not parents:
        return text
    parent, child = dice.choice(parents)
    what = dice.randrange(6)
    if what == 0:
        parent.remove(child)
    elif what == 1:
        parent.insert(dice.randrange(len(parent) + 1), copy.deepcopy(child))
    elif what == 2:
        dice.choice(parents)[0].append(copy.deepcopy(child))
    elif what == 3 and child.attrib:
        del child.attrib[dice.choice(list(child.attrib))]
    elif child.attrib and (what == 4 or not child.text):
        child.attrib[dice.choice(list(child.attrib))] = dice.choice(ODD_TEXTS)
    else:
        child.text = dice.choice(ODD_TEXTS)
    return ElementTree.tostring(root, encoding="unicode")


def mutate_lines(dice: random.Random, text: str) -> str:
    """A change to one line, or one word of a line, of an edit decision list."""
    lines = text.splitlines() or [""]
    at = dice.randrange(len(lines))
    what = dice.randrange(7)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(dice.randrange(len(lines) + 1), lines[at])
    elif what == 2:
        dice.shuffle(lines)
    elif what == 3:
        lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
    elif what == 4 and lines[at]:
        place = dice.randrange(len(lines[at]))
        lines[at] = lines[at][:place] + dice.choice("0159:; \x00é") + lines[at][place + 1 :]
    else:
        words = lines[at].split() or [""]
        words[dice.randrange(len(words))] = dice.choice(ODD_WORDS)
        lines[at] = "  ".join(words)
    return "\n".join(lines)


FORMATS: dict[str, tuple[Callable[[], list[str]], Mutator]] = {
    ".otio": (otio_seeds, mutate_json),
    ".edl": (edl_seeds, mutate_lines),
    ".fcpxml": (fcpxml_seeds, mutate_xml),
    ".xml": (fcp7_seeds, mutate_xml),
}
