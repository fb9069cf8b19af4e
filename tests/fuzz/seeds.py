#!/usr/bin/env python3
"""Writes some of the requests of the conformance scenarios as inputs of fuzz_request: seeds.py DIRECTORY COUNT"""
import glob, hashlib, json, os, sys

SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../conformance/scenarios')


def requests():
    for path in sorted(glob.glob(os.path.join(SCENARIOS, '*.json'))):
        if path.endswith('.golden.json') or os.path.basename(path).startswith('run-'):
            continue
        with open(path, encoding='utf-8') as f:
            for step in json.load(f)['steps']:
                if 'req' in step and 'files' not in step:
                    method, uri = step['req'].split(' ', 1)
                    body = step.get('raw', json.dumps(step['body']) if 'body' in step else '')
                    yield f'{method} /engine-rest{uri}\n{body}'.encode()


def main():
    directory, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(directory, exist_ok=True)
    named = {hashlib.sha1(text).hexdigest()[:16]: text for text in requests() if len(text) < 4096}
    for name in sorted(named)[:count]:     # by their hashes: from all over the scenarios
        with open(os.path.join(directory, name), 'wb') as f:
            f.write(named[name])


if __name__ == '__main__':
    main()
