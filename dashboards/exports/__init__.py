"""What a visitor takes along: figures as files, charts as pictures, the board report and the team's page on paper."""
