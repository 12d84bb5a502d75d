# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameter groups of RDS and of ElastiCache, which are one program with two sets of names."""
