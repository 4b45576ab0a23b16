# SPDX-License-Identifier: Apache-2.0
"""The pages of the stand-ins for HTTP_GET and SSL_GET: each as its check wants it. Pure."""

import hashlib
import re

from holdfast_drill.sample import Wanted


def ordinary(path):
    """The body of a page of which nothing is wanted."""
    return f"stand-in for {path}\n"


def head(status, body):
    """The header of a reply, with the empty line at its end."""
    return (f"HTTP/1.1 {status} Stand-in\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n")


def reply(status, body, head_alone=False):
    """A whole reply, as it is sent."""
    return (head(status, body) + ("" if head_alone else body)).encode()


def page_for(path, status_code="", regex="", digest="", options="", absent=False, first=0, last=None):
    """The status and the body that a url of HTTP_GET or SSL_GET wants; None for a body that is not found.

    digest -- the MD5 that is wanted: none of this body, so a configuration must be told another one
    regex, options, absent, first, last -- as `Wanted` has them
    """
    del digest
    status = _status(status_code)
    wanted = Wanted(regex, options, absent, first, last)
    return status, next((body for body in wanted.bodies(ordinary(path), len(head(status, "")))
                         if wanted.takes(head(status, body) + body)), None)


def _status(status_code):
    """The first status of those that are wanted."""
    known = re.match(r"\d+", status_code or "")
    return int(known.group()) if known else 200


def pages_of(details):
    """What each path is answered: {path: (status, body or None)}, of all that checks want of it."""
    by_path = {}
    for page in details:
        by_path.setdefault(page[0], []).append(page)
    return {path: _together(wanted) for path, wanted in by_path.items()}


def _together(wanted):
    """One page for several checks: a body that all of them take, or None."""
    found = list(dict.fromkeys(page_for(*page) for page in wanted))
    if len(found) == 1:
        return found[0]
    status = found[0][0]
    bodies = [body for _, body in found if body is not None]
    for body in (*bodies, "\n".join(bodies), "\n".join(reversed(bodies))):
        if all(_takes(page, status, body) for page in wanted):
            return status, body
    return status, None


def _takes(page, status, body):
    """Says whether a check takes a page."""
    _, status_code, regex, _, *rest = page
    return _status(status_code) == status and Wanted(regex, *rest).takes(head(status, body) + body)


def digest_of(*page):
    """The MD5 of the body that a stand-in sends for a url (HTTP_GET's digest)."""
    path = page[0]
    _, body = page_for(*page)
    return hashlib.md5((ordinary(path) if body is None else body).encode()).hexdigest()


def objections(details):
    """Which checks get no page that they take, and why: texts."""
    return [f"no page here is as the check of {page[0]} wants it: {_why(page)}; it fails"
            for page in details if not _is_taken(page, pages_of(details)[page[0]])]


def _is_taken(page, answer):
    """Says whether a check takes what its path is answered."""
    status, body = answer
    return body is not None and _takes(page, status, body)


def _why(page):
    """Why no page satisfies a check."""
    path, status_code, regex, digest, options, *rest = page
    if not Wanted(regex, options, *rest).readable:
        return f"its regex {regex} cannot be read here"
    if page_for(*page)[1] is not None:
        return "another check wants another page of the same path"
    if "multiline" not in options.split() and page_for(
            path, status_code, regex, digest, f"{options} multiline", *rest)[1] is not None:
        return (f"its regex {regex} is searched in header and body as one text, in which ^ without regex_options multiline is the "
                "beginning of the status line, HTTP/1.1 ..., and $ the end of the body")
    return f"nothing was found in which its regex {regex} matches"
