"""Writes words.json: sentences with the times of their words as espeak-ng's library reports them while it speaks (its events of words and phonemes).

python3 tests/verify/speech/words.py
A word begins with its event, and ends where the next word or a pause begins. espeak-ng speaks each sentence in a process of its own: the same samples as
those of the command.
"""

import ctypes
import json
import pathlib
import subprocess
import sys

SENTENCES = [
    ("en-us", 140, "The old man walked slowly through the quiet village."),
    ("en-gb", 140, "We had breakfast early because the bus leaves at seven."),
    ("en-us", 150, "Music helps many people to relax after work."),
    ("en-gb", 150, "There is a small park behind the school, and it is always open."),
    ("en-us", 140, "My sister bought a new car last summer."),
    ("en-gb", 130, "The museum is closed on Monday, but the library is open."),
    ("en-us", 130, "He wrote a long letter to his mother in London."),
    ("en-gb", 140, "Scientists discovered water on another planet."),
    ("en-us", 160, "You can find more information on our website."),
    ("en-gb", 160, "I think that her answer was not quite right."),
    ("en-us", 140, "People all over the world drink tea every day."),
    ("en-gb", 140, "If the weather is good, we will go to the beach tomorrow."),
    ("ko", 130, "저는 한국어를 공부하고 있습니다."),
    ("ko", 130, "우리는 저녁에 영화를 보았습니다."),
    ("ko", 130, "동생은 도서관에서 책을 읽습니다."),
    ("ko", 130, "어머니는 시장에서 사과를 샀습니다."),
    ("ko", 130, "기차는 아침에 서울을 떠납니다."),
    ("ko", 130, "할머니는 꽃을 좋아하십니다."),
    ("ko", 130, "선생님이 학생들을 가르칩니다."),
]

# Of speak_lib.h.
WORD, END, PHONEME = 1, 5, 7
SYNCHRONOUS, PHONEME_EVENTS = 2, 1
UTF8_AND_END_PAUSE = 0x1001
RATE = 1


class Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", Id),
    ]


def speak(voice, speed, text):
    library = ctypes.CDLL("libespeak-ng.so.1")
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS)
    events, samples = [], 0

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
    def on_sound(wave, count, event):
        nonlocal samples
        samples += count if wave else 0
        i = 0
        while event[i].type != 0:
            phoneme = event[i].id.string if event[i].type == PHONEME else b""
            events.append((event[i].type, event[i].sample, event[i].text_position, event[i].length, phoneme))
            i += 1
        return 0

    library.espeak_SetSynthCallback(on_sound)
    library.espeak_SetVoiceByName(voice.encode())
    library.espeak_SetParameter(RATE, speed, 0)
    data = text.encode()
    library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, UTF8_AND_END_PAUSE, None, None)
    library.espeak_Synchronize()
    words = []
    for i, (kind, sample, position, length, _) in enumerate(events):
        if kind != WORD or length == 0:
            continue
        ends = (e for e in events[i + 1 :] if e[0] in (WORD, END) or (e[0] == PHONEME and e[4].startswith(b"_")))
        written = text[position - 1 : position - 1 + length]
        words.append([written, round(sample / rate, 3), round(next(ends)[1] / rate, 3)])
    assert [w for w, _, _ in words] == [w.strip(".,") for w in text.split()], words
    return {"voice": voice, "speed": speed, "text": text, "samples": samples, "words": words}


if len(sys.argv) > 1:
    print(json.dumps(speak(*SENTENCES[int(sys.argv[1])])))
else:
    clips = []
    for index in range(len(SENTENCES)):
        run = subprocess.run([sys.executable, __file__, str(index)], capture_output=True, text=True, check=True)
        clips.append(json.loads(run.stdout))
    lines = ",\n".join(json.dumps(clip, ensure_ascii=False) for clip in clips)
    pathlib.Path(__file__).with_name("words.json").write_text(f"[\n{lines}\n]\n")
