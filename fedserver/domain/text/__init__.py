"""Text: what people type becomes HTML, and what servers send becomes safe.

Reading order: characters (invisible and direction characters), names (usernames, handles, hashtags, display names),
scan (finding mentions, hashtags and links), compose (plain text to HTML, and its length), clean (foreign HTML to safe
HTML or to plain text), fields (the values of profile fields).

Everything here is linear in its input: 100 kB of the most hostile text takes less than 200 ms.
"""
