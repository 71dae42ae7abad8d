"""What `fertidoc measure-record` printed, in words."""

import json
import sys

figures = json.load(sys.stdin)
for each in figures["recording"]:
    print(
        f"{each['readers']} readers at once: gathered {each['gathered_rows_per_second']:.0f} rows/s"
        f" (p50 {each['gathered_median_ms']:.2f} ms), one insert each {each['alone_rows_per_second']:.0f} rows/s"
        f" (p50 {each['alone_median_ms']:.2f} ms), ratio {each['gathered_to_alone']:.2f}"
    )
print(f"sealing: {figures['sealed_rows']} rows, {figures['sealing_rows_per_second']:.0f} rows/s")
print(f"verifying: {figures['verified_rows']} rows, {figures['verifying_rows_per_second']:.0f} rows/s")
