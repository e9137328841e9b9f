"""Words that say nothing about an item, by language: left out of descriptions, and of queries that have other words."""

STOPWORDS = {
    "english": """a an and are as at be but by for from has have i if in into is it its my no not of on or our so such
        that the their then there these they this to was we were will with you your""",
    "german": """aber als am an auch auf aus bei bis das dass dem den der des die du ein eine einem einen einer eines er
        es für im in ihr ihre ist mit nach nicht oder sich sie sind so über um und uns von vor war wie wir zu zum zur""",
    "french": """à au aux avec ce ces dans de des du elle en est et il ils je la le les leur lui mais ne nos notre nous
        on ou par pas pour qu que qui sa se ses son sont sur un une vos votre vous""",
    "spanish": """a al como con de del el ella en entre es esta este la las le lo los más mi muy no nos o para pero por
        que se sin son su sus un una y""",
    "italian": """a ad ai al alla alle anche che chi come con da dal del della delle di e è gli ha i il in io la le lo
        ma mi nel nella non o per più se si sono su sua suo tra un una uno""",
    "dutch": """aan als bij dat de den der deze die dit door een en er het hij hun ik in is je maar met naar niet of om
        onder ons onze ook op over te tot uit van voor was wij ze zijn""",
    "portuguese": """a ao aos as até com como da das de do dos e é ela ele em entre foi mais mas na nas não no nos o os
        ou para pela pelo por que se sem seu sua são um uma""",
    "swedish": """att av de dem den det dig din du efter ej en ett för från han har hon i in inte jag kan med men mot
        ni och om på sig sin som så till upp ut var vi vid är""",
    "danish": """af alle at blev den der det dig din du efter eller en er et for fra han har hun i ikke ind jeg kan med
        men mod ned ni nu og om op på sig som så til ud var vi""",
    "russian": """а без бы в во вы да для до его ее же за и из или им их к как ко ли мы на не но о об он она они от по
        под при с со так то у что это я""",
}
