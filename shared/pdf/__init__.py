"""PDF documents with embedded fonts for the scripts of India. Only functions of their own import it: its fonts and the
PDF library make a package large."""
