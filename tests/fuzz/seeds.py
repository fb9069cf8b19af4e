#!/usr/bin/env python3
"""Writes the requests of the conformance scenarios as inputs of fuzz_request: seeds.py DIRECTORY"""
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
    os.makedirs(sys.argv[1], exist_ok=True)
    for text in requests():
        if len(text) < 4096:
            with open(os.path.join(sys.argv[1], hashlib.sha1(text).hexdigest()[:16]), 'wb') as f:
                f.write(text)


if __name__ == '__main__':
    main()
