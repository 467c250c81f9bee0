"""The blocks that generators leave in files. Reading order: `block` (what a reader answers, and how values are tamed),
`automatic1111` (the form that others imitate), `comfyui`, `invokeai`, `fooocus`, `novelai`, `swarmui`, `midjourney`,
`aigc` (the mark of GB 45438), `table` (the order in which they are asked).
"""
