"""What Hugging Face's library `tokenizers` (Rust) gives for real tokenizer.json files, as hashes.

    npm run verify -- tokenizers     (installs the files)
    pip install tokenizers==0.23.2
    python tests/verify/tokenizers/expected.py

writes expected.json. `python expected.py NAME INDEX FIELD` prints one value, to compare it with what `npm run verify -- tokenizers NAME INDEX FIELD` prints.

The texts are those of packages/core/test/fixtures/make/tokenizer_texts.py: each alone, then the pairs, then lists of random ids, which are only decoded. Every
value is written as JSON; a field is the first characters of the SHA-256 of each of its values, in the order of the texts, and `sha256` the hash of
all values of a tokenizer. A value that the library does not give (its stream fails, or gives another text than its decoder does) is null and is not
compared.
"""
import base64
import hashlib
import json
import os
import sys

import tokenizers
from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "packages", "core", "test", "fixtures", "make"))
from tokenizer_texts import PAIRS, TEXTS, random_ids

FIELDS = ["ids", "bare", "tokens", "offsets", "typeIds", "decoded", "plain", "stream"]
LISTS = (1, 2, 3, 5, 8, 13, 30, 60)
# Characters of base64: 24 bits for each value.
CHARACTERS = 4


def json_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest(text):
    return hashlib.sha256(text.encode())


def decoding(tokenizer, ids):
    """Text with special tokens, text without them, and the pieces of a stream without them."""
    whole = tokenizer.decode(ids, skip_special_tokens=False)
    plain = tokenizer.decode(ids, skip_special_tokens=True)
    decoder = DecodeStream(skip_special_tokens=True)
    try:
        pieces = [decoder.step(tokenizer, id) or "" for id in ids]
    except BaseException:
        return whole, plain, None
    return whole, plain, pieces if plain.startswith("".join(pieces)) else None


def values(tokenizer):
    """A dict of FIELDS for every text, pair and list of ids."""
    for text, pair in [(text, None) for text in TEXTS] + [(TEXTS[a], TEXTS[b]) for a, b in PAIRS]:
        encoding = tokenizer.encode(text, pair)
        whole, plain, pieces = decoding(tokenizer, encoding.ids)
        yield {
            "ids": encoding.ids,
            "bare": tokenizer.encode(text, pair, add_special_tokens=False).ids,
            "tokens": encoding.tokens,
            "offsets": [list(offset) for offset in encoding.offsets],
            "typeIds": encoding.type_ids,
            "decoded": whole,
            "plain": plain,
            "stream": pieces,
        }
    size = tokenizer.get_vocab_size()
    for count in LISTS:
        ids = random_ids(size, count, count)
        whole, plain, pieces = decoding(tokenizer, ids)
        yield {"ids": ids, "decoded": whole, "plain": plain, "stream": pieces}


def open_tokenizer(path):
    """A tokenizer whose settings of the run that saved it, `truncation` and `padding`, are left out."""
    tokenizer = Tokenizer.from_file(os.path.join(ROOT, path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def expected(path):
    fields = {field: "" for field in FIELDS}
    every = hashlib.sha256()
    for entry in values(open_tokenizer(path)):
        for field, value in entry.items():
            text = json_of(value)
            fields[field] += "-" * CHARACTERS if value is None else base64.b64encode(digest(text).digest()).decode()[:CHARACTERS]
            every.update(text.encode() + b"\n")
    return {"sha256": every.hexdigest(), **fields}


def main():
    with open(os.path.join(HERE, "files.json")) as file:
        files = json.load(file)
    if len(sys.argv) > 1:
        name, index, field = sys.argv[1:]
        print(json_of(list(values(open_tokenizer(files[name])))[int(index)][field]))
        return
    written = {
        "source": f"tokenizers {tokenizers.__version__} (Rust); expected.py",
        "texts": len(TEXTS), "pairs": len(PAIRS), "lists": LISTS,
        "tokenizers": {},
    }
    for name, path in files.items():
        written["tokenizers"][name] = expected(path)
        print(name, flush=True)
    with open(os.path.join(HERE, "expected.json"), "w") as file:
        json.dump(written, file, indent=1)
        file.write("\n")
    print(os.path.getsize(os.path.join(HERE, "expected.json")), "bytes")


main()
