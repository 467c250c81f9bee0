"""The door for people with a browser. No script is needed anywhere, and none is sent.

Reading order: ``routes`` (the table), ``views`` (rows -> what a template shows), ``public`` (front page, about, tags),
``people`` (profiles, posts, feeds), ``interact`` (from and to other servers), ``join``, ``settings``, ``wishes`` (AI
media as the reader wants them), ``admin`` (its own folder), ``files`` (static files, robots.txt), ``source`` (our own).
Templates extend ``templates/base.html``; the look is in one file, ``static/site.css``, whose first lines are the design
tokens.
"""
