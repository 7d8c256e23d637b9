"""The page: a server on this machine that shows the figures and answers what-ifs.

Every number comes from the library's own functions; nothing is computed twice.
"""
